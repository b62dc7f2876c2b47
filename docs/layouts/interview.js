// @ts-check
// An interview: two people in slanted conversation, whoever speaks is a little larger; a shared
// screen takes the place of the two, who move below it. Set enableLayoutAnims and it glides.

/** @type {import("./callcast-layout").Layout} */
export function layout(state, params, viewport) {
  const { width, height, gridUnit } = viewport;
  const two = state.participants.slice(0, 2);
  const sharing = state.participants.find((one) => one.screen && !one.screen.paused);
  const upright = width < height;
  const layers = [];
  let area = { x: 0, y: 0, width, height };
  if (sharing) {
    const share = upright ? 0.5 : 0.72;
    layers.push({
      type: "video", participant: sharing.id, source: "screen", scaleMode: "fit",
      x: 0, y: 0, width, height: height * share,
    });
    area = { x: 0, y: height * share, width, height: height * (1 - share) };
  }
  const weights = two.map((one) => (two.length === 2 && one.id === state.speaker ? 1.25 : 1));
  const sum = weights.reduce((a, b) => a + b, 0);
  let at = 0;
  two.forEach((one, i) => {
    const part = weights[i] / sum;
    const place = upright
      ? { x: area.x, y: area.y + area.height * at, width: area.width, height: area.height * part }
      : { x: area.x + area.width * at, y: area.y, width: area.width * part, height: area.height };
    at += part;
    layers.push({ type: "video", participant: one.id, ...place });
    layers.push({
      type: "label", id: "name:" + one.id, x: place.x + gridUnit, y: place.y + place.height - 3 * gridUnit,
      width: Math.max(2, place.width - 2 * gridUnit), height: 2 * gridUnit, text: one.name,
      fontSize: 1.2 * gridUnit, fontWeight: 600, strokeWidth: gridUnit / 8,
    });
  });
  return layers;
}
