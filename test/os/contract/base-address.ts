/**
 * MapViewOfFileEx: the caller's base address is taken or refused, never silently replaced by another.
 * (docs: "MapViewOfFileEx function": the address must be a multiple of the allocation granularity)
 */
import { describe, expect, it } from 'vitest';
import { FILE_MAP_COPY, FILE_MAP_READ, FILE_MAP_WRITE, PAGE_READWRITE } from '../../../src/os/constants.js';
import { failure } from '../../support/failure.js';
import { bytesOf, MIB, type Subject } from './subject.js';

const TAKEN = { code: 'ADDRESS_IN_USE', win32Error: 487 } as const;

export function baseAddressContract(subject: Subject): void {
  const mapped = () => subject.mapping(subject.open(subject.fileOf(Buffer.alloc(MIB, 'x'))), PAGE_READWRITE);

  describe('a base address', () => {
    it('null lets the system choose, at a multiple of the granularity', () => {
      const view = subject.viewEx(mapped(), FILE_MAP_READ, 0, 0, null);
      const { allocationGranularity, pageSize } = subject.os.getSystemInfo();
      expect(view.baseAddress % BigInt(allocationGranularity)).toBe(0n);
      expect(allocationGranularity % pageSize).toBe(0);
      if (process.platform === 'win32') expect(allocationGranularity).toBe(65_536);
    });

    it.each([
      ['FILE_MAP_READ', FILE_MAP_READ],
      ['FILE_MAP_WRITE', FILE_MAP_WRITE],
      ['FILE_MAP_COPY', FILE_MAP_COPY],
    ])('that has just been freed is honoured, %s', (_name, access) => {
      const mapping = mapped();
      const view = subject.view(mapping, access);
      const base = view.baseAddress;
      subject.os.unmapViewOfFile(view);
      const again = subject.viewEx(mapping, access, 0, 0, base);
      expect(again.baseAddress).toBe(base);
      expect(bytesOf(again).subarray(-1).toString()).toBe('x');
    });

    it('that is taken is 487, and what is there stays', () => {
      const mapping = mapped();
      const view = subject.view(mapping, FILE_MAP_WRITE);
      const step = BigInt(subject.os.getSystemInfo().allocationGranularity);
      for (const base of [view.baseAddress, view.baseAddress + step]) {
        failure(() => subject.viewEx(mapping, FILE_MAP_WRITE, 0, 0, base), TAKEN);
      }
      expect(bytesOf(view).equals(Buffer.alloc(MIB, 'x'))).toBe(true);
    });

    it('whose range would reach into a taken one is 487', () => {
      const mapping = mapped();
      const view = subject.view(mapping, FILE_MAP_WRITE);
      const step = BigInt(subject.os.getSystemInfo().allocationGranularity);
      failure(() => subject.viewEx(mapping, FILE_MAP_WRITE, 0, 0, view.baseAddress - step), TAKEN);
      expect(bytesOf(view)[0]).toBe(120);
    });

    it('that is not aligned is 1132', () => {
      const mapping = mapped();
      const view = subject.view(mapping, FILE_MAP_READ);
      const base = view.baseAddress;
      subject.os.unmapViewOfFile(view);
      for (const slack of [1n, 8n, 100n, BigInt(subject.os.getSystemInfo().allocationGranularity - 1)]) {
        failure(() => subject.viewEx(mapping, FILE_MAP_READ, 0, 0, base + slack), {
          code: 'ADDRESS_IN_USE',
          win32Error: 1132,
        });
      }
    });

    it('outside the address space is an error', () => {
      const mapping = mapped();
      for (const base of [1n << 62n, 1n << 63n, 1n << 70n, -65_536n]) {
        failure(() => subject.viewEx(mapping, FILE_MAP_READ, 0, 0, base));
      }
      failure(() => subject.viewEx(mapping, FILE_MAP_READ, 0, 0, 65_536 as unknown as bigint));
    });
  });
}
