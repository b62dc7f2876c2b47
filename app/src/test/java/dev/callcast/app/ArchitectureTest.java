package dev.callcast.app;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the map of rooms in ARCHITECTURE.md: imports only point down. */
class ArchitectureTest {
  private static JavaClasses classes;

  @BeforeAll
  static void readClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.callcast");
    assertThat(classes).hasSizeGreaterThan(150);
  }

  @Test
  void importsOnlyPointDown() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("app")
        .definedBy("dev.callcast.app..")
        .layer("testkit")
        .definedBy("dev.callcast.testkit..")
        .layer("server")
        .definedBy("dev.callcast.server..")
        .layer("worker")
        .definedBy("dev.callcast.media.worker..")
        .layer("whep")
        .definedBy("dev.callcast.media.whep..")
        .layer("output")
        .definedBy("dev.callcast.media.output..")
        .layer("encode")
        .definedBy("dev.callcast.media.encode..")
        .layer("mix")
        .definedBy("dev.callcast.media.mix..")
        .layer("compose")
        .definedBy("dev.callcast.media.compose..")
        .layer("script")
        .definedBy("dev.callcast.media.script..")
        .layer("page")
        .definedBy("dev.callcast.media.page..")
        .layer("ingest")
        .definedBy("dev.callcast.media.ingest..")
        .layer("webrtc")
        .definedBy("dev.callcast.media.webrtc..")
        .layer("scene")
        .definedBy("dev.callcast.scene..")
        .layer("gst")
        .definedBy("dev.callcast.gst..")
        .layer("protocol")
        .definedBy("dev.callcast.protocol..")
        .whereLayer("app")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("testkit")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("server")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("worker")
        .mayOnlyBeAccessedByLayers("server", "app")
        .whereLayer("whep")
        .mayOnlyBeAccessedByLayers("worker", "app")
        .whereLayer("output")
        .mayOnlyBeAccessedByLayers("whep", "worker", "server", "app")
        .whereLayer("encode")
        .mayOnlyBeAccessedByLayers("whep", "output", "worker", "app")
        .whereLayer("mix")
        .mayOnlyBeAccessedByLayers("worker", "app")
        .whereLayer("compose")
        .mayOnlyBeAccessedByLayers("worker", "app")
        .whereLayer("script")
        .mayOnlyBeAccessedByLayers("worker", "app")
        .whereLayer("page")
        .mayOnlyBeAccessedByLayers("worker", "app")
        .whereLayer("ingest")
        .mayOnlyBeAccessedByLayers("compose", "page", "mix", "whep", "worker", "testkit", "app")
        .whereLayer("webrtc")
        .mayOnlyBeAccessedByLayers("ingest", "whep", "worker", "server", "app")
        .whereLayer("scene")
        .mayOnlyBeAccessedByLayers(
            "compose", "script", "page", "worker", "server", "testkit", "app")
        .whereLayer("gst")
        .mayOnlyBeAccessedByLayers(
            "ingest", "compose", "page", "mix", "encode", "output", "whep", "worker", "testkit",
            "app")
        .check(classes);
  }

  @Test
  void onlyTheNativeLayerTouchesNativeMemory() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.callcast.gst..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(classes);
  }

  @Test
  void theNodeHasNoMediaCode() {
    noClasses()
        .that()
        .resideInAPackage("dev.callcast.server..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.callcast.gst..",
            "dev.callcast.media.ingest..",
            "dev.callcast.media.compose..",
            "dev.callcast.media.script..",
            "dev.callcast.media.page..",
            "dev.callcast.media.mix..",
            "dev.callcast.media.worker")
        .check(classes);
  }

  @Test
  void layoutsArePure() {
    noClasses()
        .that()
        .resideInAPackage("dev.callcast.scene..")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.System")
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("java.nio.file..", "java.util.concurrent..", "java.net..")
        .orShould()
        .dependOnClassesThat()
        .haveNameMatching("java\\.time\\.(.*Clock|InstantSource)")
        .orShould()
        .callMethodWhere(target(name("now")))
        .because("a scene depends on its arguments alone")
        .check(classes);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.callcast.(**)").should().beFreeOfCycles().check(classes);
  }
}
