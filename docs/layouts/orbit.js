// @ts-check
// Everyone in a circle that turns slowly, around a clock of the call's own: a layout that moves by
// itself, ten times a second. Whoever is loud swells.

export const rate = 10;

/** @type {import("./callcast-layout").Layout} */
export function layout(state, params, viewport, time) {
  const { width, height, gridUnit } = viewport;
  const count = state.participants.length;
  const radius = Math.min(width, height) * 0.36;
  const side = Math.min(radius, (2 * Math.PI * radius) / Math.max(count, 4)) * 0.8;
  const minutes = String(Math.floor(time / 60)).padStart(2, "0");
  const seconds = String(Math.floor(time % 60)).padStart(2, "0");
  const layers = [{
    type: "text", id: "clock", x: width / 2 - 4 * gridUnit, y: height / 2 - 2 * gridUnit, width: 8 * gridUnit,
    height: 4 * gridUnit, text: `${minutes}:${seconds}`, fontSize: 2.4 * gridUnit, fontWeight: 700,
    align: "center", verticalAlign: "middle",
  }];
  state.participants.forEach((one, i) => {
    const angle = (2 * Math.PI * i) / count - Math.PI / 2 + (time * Math.PI) / 30;
    const size = side * (1 + 0.15 * one.level);
    layers.push({
      type: "video", participant: one.id, x: width / 2 + radius * Math.cos(angle) - size / 2,
      y: height / 2 + radius * Math.sin(angle) - size / 2, width: size, height: size, cornerRadius: size / 2,
      border: one.id === state.speaker ? { width: gridUnit / 4, color: "white" } : undefined,
    });
  });
  return layers;
}
