/** Mappings and views on Windows: the kernel's own numbers, names, addresses, the working set. */
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
} from '../../src/os/constants.js';
import type { Os } from '../../src/os/os.js';
import { bytes, ON_WINDOWS, SHARE_ALL, windowsSubject } from './windows-subject.js';

describe.skipIf(!ON_WINDOWS)('mappings', () => {
  const subject = windowsSubject();
  const { closeAll, own, track, failure, fails, freshPath, freshName, open, map, view } = subject;
  let os: Os;
  let granularity: number;
  beforeAll(() => {
    os = subject.os;
    granularity = os.getSystemInfo().allocationGranularity;
  });

  describe('mappings', () => {
    it('leaves protections to the kernel, which reports its own numbers', () => {
      const path = freshPath();
      fs.writeFileSync(path, 'data');
      const reader = open(path, GENERIC_READ, SHARE_ALL);
      fails(() => map(reader, PAGE_READWRITE), 5, 'ACCESS_DENIED');
      fails(() => map(reader, PAGE_READONLY, 10), 8, 'OUT_OF_MEMORY');
      fails(() => map(open(path, GENERIC_WRITE, SHARE_ALL), PAGE_READONLY), 5, 'ACCESS_DENIED');
      fails(() => map(open(freshPath())), 1006, 'EMPTY_FILE');
      fails(() => map(reader, FILE_MAP_READ as never), 87, 'INVALID_ARGUMENT');
      const readonly = map(reader, PAGE_READONLY);
      fails(() => view(readonly, FILE_MAP_WRITE), 5, 'ACCESS_DENIED');
      fails(() => view(readonly, FILE_MAP_ALL_ACCESS), 5, 'ACCESS_DENIED');
      fails(() => view(readonly, PAGE_READONLY as never), 87, 'INVALID_ARGUMENT');
      expect(bytes(view(readonly, FILE_MAP_COPY))[0]).toBe(100);
      fails(() => view(map(reader, PAGE_WRITECOPY), FILE_MAP_WRITE), 5, 'ACCESS_DENIED');
    });

    it('refuses ranges beyond the mapping with 5, whichever number the kernel would give', () => {
      const mapping = map(open(freshPath()), PAGE_READWRITE, 100_000);
      for (const [offset, length] of [
        [100_000, 0],
        [100_001, 1],
        [0, 100_001],
        [99_999, 2],
        [2 ** 40, 0],
      ] as const) {
        fails(() => view(mapping, FILE_MAP_READ, offset, length), 5, 'ACCESS_DENIED');
      }
      expect(view(mapping, FILE_MAP_READ, 99_999, 1).lengthBytes).toBe(1);
      expect(failure(() => view(mapping, FILE_MAP_READ, -1)).code).toBe('INVALID_ARGUMENT');
    });

    it('returns the existing object of a name, with its size and protection', () => {
      const name = `Local\\${freshName()}`;
      const first = map(open(freshPath()), PAGE_READWRITE, 5000, name);
      expect(first).toMatchObject({ alreadyExisted: false, sizeBytes: 5000 });
      const other = open(freshPath());
      const again = map(other, PAGE_READONLY, 0, name.replace('Local\\', ''));
      expect(again).toMatchObject({ alreadyExisted: true, sizeBytes: 5000, protection: PAGE_READWRITE });
      bytes(view(first))[4999] = 9;
      expect(bytes(view(again, FILE_MAP_READ))[4999]).toBe(9);
      // The mapping may be written, by a handle that was made to: this one was made with PAGE_READONLY.
      fails(() => view(again, FILE_MAP_WRITE), 5, 'ACCESS_DENIED');
    });

    it('opens a name for as long as a handle to it is open', () => {
      const name = freshName();
      fails(() => os.openFileMapping(FILE_MAP_READ, false, name), 2, 'NOT_FOUND');
      map(open(freshPath()), PAGE_READWRITE, 70_001, name);
      const writer = own(os.openFileMapping(FILE_MAP_ALL_ACCESS, false, name));
      expect(writer).toMatchObject({ sizeBytes: 70_001, alreadyExisted: true, protection: PAGE_READWRITE });
      const reader = own(os.openFileMapping(FILE_MAP_READ, false, name));
      expect(reader).toMatchObject({ sizeBytes: 70_001, protection: PAGE_READWRITE });
      const copier = own(os.openFileMapping(FILE_MAP_COPY, false, name));
      expect(copier.sizeBytes).toBe(70_001);
      bytes(view(copier, FILE_MAP_COPY))[70_000] = 8;
      bytes(view(writer))[70_000] = 3;
      expect(bytes(view(reader, FILE_MAP_READ))[70_000]).toBe(3);
      fails(() => view(reader, FILE_MAP_WRITE), 5, 'ACCESS_DENIED');
      fails(() => os.openFileMapping(PAGE_READWRITE as never, false, name), 87, 'INVALID_ARGUMENT');
      closeAll();
      fails(() => os.openFileMapping(FILE_MAP_READ, false, name), 2, 'NOT_FOUND');
    });

    it('refuses names that the object manager refuses', () => {
      const file = open(freshPath());
      os.setEndOfFile(file, 10);
      fails(() => map(file, PAGE_READWRITE, 0, 'a\\b\\c'), 3, 'INVALID_ARGUMENT');
      expect(failure(() => map(file, PAGE_READWRITE, 0, '')).code).toBe('INVALID_ARGUMENT');
    });
  });

  describe('addresses', () => {
    it('takes a base address that is free, and refuses one that is taken or unaligned', () => {
      const mapping = map(open(freshPath()), PAGE_READWRITE, 200_000);
      const first = view(mapping);
      const base = first.baseAddress;
      const mapAt = (address: bigint) => os.mapViewOfFileEx(mapping, FILE_MAP_WRITE, 0, 0, address);
      fails(() => mapAt(base), 487, 'ADDRESS_IN_USE');
      fails(() => mapAt(base + 4096n), 1132, 'ADDRESS_IN_USE');
      fails(() => mapAt(-1n), 487, 'ADDRESS_IN_USE');
      bytes(first)[5] = 55;
      os.unmapViewOfFile(first);
      const again = track(mapAt(base));
      expect(again.baseAddress).toBe(base);
      expect(bytes(again)[5]).toBe(55);
      os.unmapViewOfFile(again);
      const inside = track(os.mapViewOfFileEx(mapping, FILE_MAP_READ, granularity + 9, 10, base));
      expect(inside.baseAddress).toBe(base + 9n);
    });

    it('maps unaligned offsets and hides the slack', () => {
      const mapping = map(open(freshPath()), PAGE_READWRITE, 3 * granularity);
      const all = bytes(view(mapping));
      all.forEach((_, at) => {
        all[at] = at % 251;
      });
      for (const offset of [
        1,
        4095,
        4096,
        granularity - 1,
        granularity,
        granularity + 1,
        2 * granularity + 77,
      ]) {
        const part = view(mapping, FILE_MAP_READ, offset, 50);
        expect([...bytes(part)]).toEqual(Array.from({ length: 50 }, (_, i) => (offset + i) % 251));
      }
    });
  });

  describe('hints and residency', () => {
    it('reports the pages of the working set', async () => {
      const { pageSize } = os.getSystemInfo();
      const mapped = view(map(open(freshPath()), PAGE_READWRITE, 20 * pageSize));
      bytes(mapped).fill(1);
      expect([...os.queryResidency(mapped, 0, 0)]).toEqual(Array(20).fill(1));
      expect(os.queryResidency(mapped, pageSize - 1, 2).length).toBe(2);
      expect(os.queryResidency(mapped, 20 * pageSize, 0).length).toBe(0);
      for (const advice of ['normal', 'random', 'sequential', 'dontneed'] as const) {
        os.adviseView(mapped, 0, 0, advice);
      }
      os.prefetchVirtualMemory(mapped, 5, 100);
      expect(failure(() => os.adviseView(mapped, 0, 0, 'later' as never)).code).toBe('INVALID_ARGUMENT');
      expect(failure(() => os.queryResidency(mapped, 0, 20 * pageSize + 1)).code).toBe('OUT_OF_BOUNDS');
      expect(os.queryDirtyBytes(mapped, 0, 0)).toBeUndefined();
      await sleep(1);
      expect(bytes(mapped).every((byte) => byte === 1)).toBe(true);
    });
  });
});
