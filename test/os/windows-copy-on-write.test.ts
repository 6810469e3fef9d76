/** Copy-on-write views on Windows: reverted in place, with placeholders and without. */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  FILE_MAP_COPY,
  FILE_MAP_READ,
  GENERIC_READ,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
} from '../../src/os/constants.js';
import type { Os } from '../../src/os/os.js';
import { type Kernel32, loadKernel32 } from '../../src/os/windows/kernel32.js';
import { bytes, ON_WINDOWS, SHARE_ALL, windowsSubject } from './windows-subject.js';

describe.skipIf(!ON_WINDOWS)('copy-on-write', () => {
  const subject = windowsSubject();
  const { fails, freshPath, open, map, view } = subject;
  let os: Os;
  let kernel32: Kernel32;
  beforeAll(() => {
    os = subject.os;
    kernel32 = loadKernel32();
  });

  describe('copy-on-write views', () => {
    it('never reach the file, and are reverted in place after every handle was closed', async () => {
      const path = freshPath();
      fs.writeFileSync(path, Buffer.alloc(300_000, 1));
      const file = open(path, GENERIC_READ, SHARE_ALL);
      const mapping = map(file, PAGE_WRITECOPY);
      const copy = view(mapping, FILE_MAP_COPY, 70_001, 100_000);
      os.closeHandle(mapping);
      os.closeHandle(file);
      const { baseAddress, buffer } = copy;
      const array = new Uint8Array(buffer);
      for (let round = 0; round < 50; round++) {
        array.fill(2);
        os.flushViewOfFile(copy, 0, 0);
        await os.flushViewOfFileAsync(copy, 0, 0);
        os.adviseView(copy, 0, 0, 'dontneed');
        expect(array.every((byte) => byte === 2)).toBe(true);
        os.revertView(copy);
        expect(array.every((byte) => byte === 1)).toBe(true);
      }
      expect(copy.baseAddress).toBe(baseAddress);
      expect(copy.buffer).toBe(buffer);
      expect(fs.readFileSync(path).every((byte) => byte === 1)).toBe(true);
      os.unmapViewOfFile(copy);
      // Nothing keeps the file any more, the view's own section handle included.
      os.setEndOfFile(open(path), 1);
    });

    it('show what the file holds at the time of the revert', () => {
      const file = open(freshPath());
      const mapping = map(file, PAGE_READWRITE, 100);
      const shared = bytes(view(mapping));
      const copy = view(mapping, FILE_MAP_COPY);
      bytes(copy)[0] = 2;
      shared[0] = 3;
      expect(bytes(copy)[0]).toBe(2);
      os.revertView(copy);
      expect(bytes(copy)[0]).toBe(3);
    });

    it('leave no hole at their address while they are reverted', () => {
      const mapping = map(open(freshPath()), PAGE_READWRITE, 100_000);
      const copy = view(mapping, FILE_MAP_COPY);
      const array = bytes(copy);
      const base = Number(copy.baseAddress);
      const { UnmapViewOfFile: unmap, placeholders } = kernel32;
      const intruders: number[] = [];
      // Another thread that takes the address as soon as anything is unmapped, made to happen every time.
      const intrude = <T>(done: T): T => {
        const { value } = mapping as unknown as { value: number };
        intruders.push(kernel32.MapViewOfFileEx(value, FILE_MAP_READ, 0, 0, 100_000, base));
        return done;
      };
      kernel32.UnmapViewOfFile = Object.assign((address: number) => intrude(unmap(address)), {
        async: unmap.async,
        info: unmap.info,
      }) as typeof unmap;
      kernel32.placeholders = placeholders && {
        ...placeholders,
        UnmapViewOfFile2: (...args) => intrude(placeholders.UnmapViewOfFile2(...args)),
      };
      try {
        for (let round = 0; round < 10; round++) {
          array.fill(1);
          os.revertView(copy);
          expect(array.every((byte) => byte === 0)).toBe(true);
        }
      } finally {
        kernel32.UnmapViewOfFile = unmap;
        kernel32.placeholders = placeholders;
      }
      expect(intruders).toEqual(Array(10).fill(0));
      expect(Number(copy.baseAddress)).toBe(base);
    });

    // Wine 8 has no placeholders. These stand-ins show what is called and what a failure leaves, not what Windows does.
    it('are mapped anew in their placeholder, and closed where that fails', () => {
      const { placeholders } = kernel32;
      const calls: string[] = [];
      let free = true;
      kernel32.placeholders = {
        VirtualAlloc2: (_process, wished, length) => {
          calls.push(`VirtualAlloc2 ${wished} ${length}`);
          return 0x5_0000_0000;
        },
        MapViewOfFile3: (section, _process, base, offset, length) => {
          calls.push(`MapViewOfFile3 ${offset} ${length}`);
          return kernel32.MapViewOfFileEx(section, FILE_MAP_COPY, 0, offset, length, free ? base : 1);
        },
        UnmapViewOfFile2: (_process, base, flags) => {
          calls.push(`UnmapViewOfFile2 ${flags}`);
          return kernel32.UnmapViewOfFile(base);
        },
      };
      try {
        const copy = view(map(open(freshPath()), PAGE_READWRITE, 100_000), FILE_MAP_COPY, 65_537, 10);
        const array = bytes(copy);
        array.fill(1);
        os.revertView(copy);
        expect([...array]).toEqual(Array(10).fill(0));
        const mapped = 'MapViewOfFile3 65536 11';
        expect(calls).toEqual(['VirtualAlloc2 0 4096', mapped, 'UnmapViewOfFile2 2', mapped]);
        free = false;
        fails(() => os.revertView(copy), 1132, 'ADDRESS_IN_USE');
        expect(copy.closed).toBe(true);
        expect(array.length).toBe(0);
      } finally {
        kernel32.placeholders = placeholders;
      }
    });

    it('are the only ones that can be reverted', () => {
      const mapped = view(map(open(freshPath()), PAGE_READWRITE, 100));
      fails(() => os.revertView(mapped), 87, 'INVALID_ARGUMENT');
    });
  });
});
