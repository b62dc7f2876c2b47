import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayerSizes, spatialLayers } from '../dist/layers.js';

test('until a size is known the largest layer is wanted', () => {
  assert.equal(new LayerSizes(3).fitting(160, 90), 2);
});

test('the smallest layer that fills the place is wanted', () => {
  const sizes = new LayerSizes(3);
  sizes.received(2, 1280, 720);
  assert.equal(sizes.fitting(1280, 720), 2);
  assert.equal(sizes.fitting(640, 360), 1);
  assert.equal(sizes.fitting(426, 240), 1);
  assert.equal(sizes.fitting(320, 180), 0);
  assert.equal(sizes.fitting(350, 196), 0, 'a tenth too small is hardly seen');
  assert.equal(sizes.fitting(400, 224), 1);
});

test('what is learned of one layer tells of the others, until they are seen themselves', () => {
  const sizes = new LayerSizes(3);
  sizes.received(0, 320, 180);
  assert.equal(sizes.fitting(640, 360), 1);
  sizes.received(1, 480, 270);
  assert.equal(sizes.fitting(640, 360), 2);
});

test('a phone held upright has layers of the same size', () => {
  const sizes = new LayerSizes(3);
  sizes.received(2, 720, 1280);
  assert.equal(sizes.fitting(360, 640), 1);
});

test('one layer is always the one', () => {
  const sizes = new LayerSizes(1);
  sizes.received(0, 1280, 720);
  assert.equal(sizes.fitting(160, 90), 0);
});

test('scalability modes have spatial layers', () => {
  assert.equal(spatialLayers('L3T3_KEY'), 3);
  assert.equal(spatialLayers('S2T1'), 2);
  assert.equal(spatialLayers(undefined), 1);
});
