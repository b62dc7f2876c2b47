// @ts-check
// A stage: hosts large in the middle of a coloured ground, guests in a row below, a title on top.
// Params: custom.title, custom.color.

/** @type {import("./callcast-layout").Layout} */
export function layout(state, params, viewport) {
  const { width, height, gridUnit } = viewport;
  const title = String(params["custom.title"] ?? "");
  const hosts = state.participants.filter((one) => one.owner);
  const guests = state.participants.filter((one) => !one.owner);
  const layers = [
    { type: "box", id: "ground", x: 0, y: 0, width, height, color: String(params["custom.color"] ?? "#1b2450") },
  ];

  const top = title ? 4 * gridUnit : gridUnit;
  if (title) {
    layers.push({
      type: "text", id: "title", x: gridUnit, y: 0, width: width - 2 * gridUnit, height: top,
      text: title, fontSize: 1.8 * gridUnit, fontWeight: 700, fontFamily: "DMSans",
      align: "center", verticalAlign: "middle", maxLines: 1,
    });
  }
  const below = guests.length && hosts.length ? Math.min(9 * gridUnit, height / 3) : 0;
  const large = hosts.length ? hosts : guests;
  row(layers, large, { x: gridUnit, y: top, width: width - 2 * gridUnit, height: height - top - below - gridUnit }, state, gridUnit);
  if (below) {
    row(layers, guests, { x: gridUnit, y: height - below, width: width - 2 * gridUnit, height: below - gridUnit }, state, gridUnit);
  }
  return layers;
}

/** People side by side, 16:9 each, in the middle of a place. */
function row(layers, people, place, state, gridUnit) {
  const gap = gridUnit / 2;
  const each = Math.min((place.width - gap * (people.length - 1)) / people.length, (place.height * 16) / 9);
  const tall = (each * 9) / 16;
  const from = place.x + (place.width - each * people.length - gap * (people.length - 1)) / 2;
  people.forEach((one, i) => {
    const x = from + i * (each + gap);
    const y = place.y + (place.height - tall) / 2;
    layers.push({
      type: "video", participant: one.id, x, y, width: each, height: tall, cornerRadius: gridUnit * 0.8,
      border: one.id === state.speaker ? { width: gridUnit / 5, color: "#ffd54a" } : undefined,
    });
    layers.push({
      type: "label", id: "name:" + one.id, x: x + gridUnit * 0.7, y: y + tall - 2 * gridUnit, width: each - 1.4 * gridUnit,
      height: 1.5 * gridUnit, text: one.name, fontSize: Math.min(gridUnit, tall / 6), fontWeight: 600,
      strokeWidth: gridUnit / 10, muted: !one.audible,
    });
  });
}
