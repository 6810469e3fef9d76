/**
 * Damage is found and named. Method: a small store of three levels, one bit flipped at a time; and pages whose numbers were
 * changed and whose checksums were then made right, up to the root.
 */
import { describe, expect, it } from 'vitest';
import { pageSum } from '../../src/kv/admission.js';
import { TreeCheck } from '../../src/kv/check.js';
import { Cursor } from '../../src/kv/cursor.js';
import { Tree } from '../../src/kv/tree.js';
import { isPerdureError } from '../../src/os/errors.js';
import { random, SEED } from '../support/seed.js';
import { keyOf, TreeModel } from './model.js';

/** Two of these fill a leaf. */
const RECORDS = 500;

function build(): TreeModel {
  const model = new TreeModel(4096);
  for (let index = 0; index < RECORDS; index++) {
    model.put(`key ${index * 7919}`, Buffer.alloc(1500, index));
  }
  model.put('large', Buffer.alloc(6000, 1));
  model.commit();
  expect(model.root.level).toBeGreaterThan(1);
  return model;
}

/** What a reader finds that comes anew: everything, or a coded error. */
function readAll(model: TreeModel): { problem?: string; records: number } {
  model.store.verified.fill(0);
  const tree = new Tree(model.store, model.root);
  let records = 0;
  try {
    const cursor = new Cursor(tree);
    for (let more = cursor.first(); more && records < 2 * RECORDS; more = cursor.next()) records++;
    for (const text of model.expected.keys()) tree.find(keyOf(text));
    new TreeCheck(tree).run();
  } catch (error) {
    if (!isPerdureError(error, 'CORRUPT')) throw error;
    return { problem: error.message, records };
  }
  return { records };
}

describe('a damaged store', () => {
  it('names the page, whatever bit of it is flipped', () => {
    const model = build();
    const next = random(SEED);
    for (const page of new TreeCheck(new Tree(model.store, model.root)).run().pages) {
      const { memory, at } = model.store.place(page);
      const u8 = memory.u8;
      for (let trial = 0; trial < 8; trial++) {
        const byte = at + (trial < 4 ? next(40) : next(4096));
        const bit = 1 << next(8);
        u8[byte] ^= bit;
        const { problem } = readAll(model);
        u8[byte] ^= bit;
        // Behind a large value there is nothing that counts.
        if (problem === undefined) expect(byte - at).toBeGreaterThanOrEqual(6000 - 4096);
        else expect(problem).toMatch(/page \d+ of the store is damaged/);
      }
    }
    expect(readAll(model)).toEqual({ records: RECORDS + 1 });
  });

  it('is never followed out of bounds or round in circles where the checksums are right', () => {
    const model = build();
    const next = random(SEED + 1);
    const honest = model.root;
    let found = 0;
    for (let trial = 0; trial < 1000; trial++) {
      // The root: its checksum is in our hands, so that no other has to be repaired.
      const { memory, at } = model.store.place(honest.page);
      const saved = memory.u8.slice(at, at + 4096);
      const changes = 1 + next(3);
      for (let change = 0; change < changes; change++) {
        memory.u8[at + (next(2) === 0 ? next(80) : next(4096))] = next(3) === 0 ? 0xff : next(256);
      }
      model.root = { ...honest, sum: pageSum(memory, at, 4096) };
      const { problem, records } = readAll(model);
      if (problem !== undefined) found++;
      expect(records).toBeLessThan(2 * RECORDS);
      memory.u8.set(saved, at);
    }
    model.root = honest;
    expect(found).toBeGreaterThan(300);
    expect(readAll(model)).toEqual({ records: RECORDS + 1 });
  });
});
