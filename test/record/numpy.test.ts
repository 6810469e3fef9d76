/** NumPy reads a record file with the dtype that is printed for it. Skipped where no python3 has numpy. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  array,
  bool,
  bytes,
  date,
  defineRecord,
  enumeration,
  f32,
  f64,
  i8,
  i64,
  RecordFile,
  record,
  toNumpyDtype,
  u8,
  u16,
  u64,
  utf8,
} from '../../src/record/index.js';
import { tempFiles } from '../support/temp-folder.js';

const python = ['python3', '/usr/bin/python3', 'python'].find(
  (command) => spawnSync(command, ['-c', 'import numpy']).status === 0,
);

const Sample = defineRecord({
  tiny: i8,
  größe: f32,
  name: utf8(9),
  raw: bytes(3),
  position: record({ lat: f64, lon: f64, deep: record({ flag: u8, id: u64 }) }),
  tags: array(array(u16, 2), 3),
  kind: enumeration('a', 'b'),
  stops: array(record({ at: f64, n: u8 }), 2),
  when: date,
  big: i64,
  ok: bool,
});

const PRINT = `
import json
def plain(value):
    if isinstance(value, numpy.void) and value.dtype.names: return {n: plain(value[n]) for n in value.dtype.names}
    if isinstance(value, numpy.void): return list(bytes(value))
    if isinstance(value, numpy.ndarray): return [plain(v) for v in value]
    if isinstance(value, bytes): return value.decode()
    if isinstance(value, numpy.datetime64): return None if numpy.isnat(value) else int(value.astype("i8"))
    if isinstance(value, (numpy.int64, numpy.uint64)): return str(value)
    return value.item()
print(json.dumps([plain(r) for r in records]))
`;

describe.skipIf(python === undefined)('numpy.memmap', () => {
  const name = tempFiles();
  const run = (text: string) => {
    const { stdout, stderr } = spawnSync(python!, ['-X', 'utf8', '-c', text + PRINT], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  it('sees the same records', () => {
    const file = RecordFile.create(name('numpy "quoted"'), Sample);
    for (let index = 0; index < 3; index++) {
      file.append({
        tiny: -index,
        größe: index / 4,
        name: ['', 'Zürich', 'ninechars'][index]!,
        raw: Uint8Array.of(index, 0, 255),
        position: { lat: 47.25 + index, lon: -8.5, deep: { flag: 7, id: 2n ** 64n - 1n } },
        tags: [
          [1, 2],
          [3, 4],
          [5, 65535],
        ],
        kind: index === 1 ? 'b' : 'a',
        stops: [
          { at: 0.5, n: 1 },
          { at: index, n: 2 },
        ],
        when: new Date(index === 2 ? Number.NaN : Date.UTC(1969, 6, 20) + index),
        big: -(2n ** 63n),
        ok: index === 1,
      });
    }
    file.flushSync();
    const expected = [...file].map((value) => ({
      ...value,
      raw: [...value.raw],
      kind: value.kind === 'a' ? 0 : 1,
      when: Number.isNaN(value.when.getTime()) ? null : value.when.getTime(),
      big: String(value.big),
      position: { ...value.position, deep: { ...value.position.deep, id: String(value.position.deep.id) } },
    }));
    const text = toNumpyDtype(Sample, file);
    file.closeSync();
    expect(run(text)).toEqual(expected);
  });

  it('sees no records of an empty file', () => {
    const file = RecordFile.create(name('empty'), Sample);
    const text = toNumpyDtype(Sample, file);
    file.closeSync();
    expect(run(text)).toEqual([]);
  });
});
