/**
 * Codecs and callers write into memory that they use again. Once, values of setAsync were kept as views of it: `slice` of a
 * Buffer does not copy, and each record of a batch had the value of the last one.
 */
import { describe, expect, it } from 'vitest';
import { bytesValue, jsonValue, messagePackValue, stringValue } from '../../../src/kv/values/index.js';
import { defineRecord, recordValue, utf8 } from '../../../src/record/index.js';
import { openMemory } from './open-memory.js';

const record = recordValue(defineRecord({ text: utf8(20) }));

describe('asynchronous writes of one batch keep the values of each', () => {
  it.each([
    ['string', stringValue, (text: string) => text],
    ['bytes', bytesValue, (text: string) => new Uint8Array(Buffer.from(text))],
    ['json', jsonValue, (text: string) => ({ text })],
    ['messagepack', messagePackValue, (text: string) => ({ text })],
    ['record', record, (text: string) => ({ text })],
  ] as const)('of the codec %s', async (_, codec, toValue) => {
    const { store } = openMemory({ keys: 'string', values: codec as typeof messagePackValue });
    const names = ['first', 'second', 'a third one', ''];
    await Promise.all(names.map((name) => store.setAsync(name, toValue(name))));
    for (const name of names) expect(store.get(name)).toEqual(toValue(name));
  });
});

it('setAsync keeps a value as it was, whatever is done to its bytes', async () => {
  const { store } = openMemory({ keys: 'string', values: 'bytes' });
  const bytes = Buffer.from('abc');
  const written = store.setAsync('key', bytes);
  bytes.fill(0);
  await written;
  expect(Buffer.from(store.get('key')!).toString()).toBe('abc');
});

it('pieces of a value may come in one Buffer, filled again and again', () => {
  const { store } = openMemory({ keys: 'string', values: 'bytes' });
  const buffer = Buffer.alloc(2);
  function* pieces() {
    for (const text of ['ab', 'cd', 'ef']) {
      buffer.write(text);
      yield buffer;
    }
  }
  store.setPieces('key', 6, pieces());
  expect(Buffer.from(store.get('key')!).toString()).toBe('abcdef');
});
