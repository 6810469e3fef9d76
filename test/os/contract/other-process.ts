/** What holds between processes: share modes, coherence, privacy, and the refusal to shorten, also after a kill. */
import { describe, expect, it } from 'vitest';
import {
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  FILE_SHARE_READ,
  GENERIC_READ,
  GENERIC_WRITE,
  OPEN_EXISTING,
  PAGE_READWRITE,
} from '../../../src/os/constants.js';
import type { OsRequest } from '../../processes/os-calls.js';
import { Child } from '../../support/child.js';
import { failure } from '../../support/failure.js';
import { compatible } from './share-modes.js';
import { bytesOf, READ_WRITE, SHARE_ALL, type Subject } from './subject.js';

const OPENINGS = [
  { access: GENERIC_READ, share: SHARE_ALL },
  { access: GENERIC_READ, share: FILE_SHARE_READ },
  { access: GENERIC_WRITE, share: SHARE_ALL },
  { access: READ_WRITE, share: SHARE_ALL },
  { access: READ_WRITE, share: 0 },
];

export function otherProcessContract(subject: Subject): void {
  const start = () => Child.start<OsRequest>('os-calls');
  const openIn = (child: Child<OsRequest>, path: string, access = READ_WRITE, share = SHARE_ALL) =>
    child.ask({ do: 'createFile', path, access, share, disposition: OPEN_EXISTING, flags: 0 });
  const mapIn = async (child: Child<OsRequest>, path: string, access: number) => {
    await openIn(child, path);
    await child.ask({ do: 'createFileMapping', protection: 'PAGE_READWRITE', size: 0 });
    await child.ask({ do: 'mapViewOfFile', access, offset: 0, length: 0 });
  };

  describe('another process', () => {
    it('keeps to the share modes of this one, and this one to its', async () => {
      const path = subject.fileOf(Buffer.from('x'));
      const child = start();
      for (const first of OPENINGS) {
        for (const second of OPENINGS) {
          const fits = compatible(first, second);
          const ours = subject.open(path, { ...first, disposition: OPEN_EXISTING });
          const theirs = openIn(child, path, second.access, second.share);
          if (fits) await theirs;
          else await expect(theirs).rejects.toMatchObject({ code: 'SHARING_VIOLATION', win32Error: 32 });
          subject.os.closeHandle(ours);
          if (!fits) await openIn(child, path, second.access, second.share);
          const again = () => subject.open(path, { ...first, disposition: OPEN_EXISTING });
          if (fits) subject.os.closeHandle(again());
          else failure(again, { code: 'SHARING_VIOLATION', win32Error: 32 });
          await child.ask({ do: 'closeFile' });
        }
      }
    });

    it('gives its share mode up when it is killed', async () => {
      const path = subject.fileOf(Buffer.from('x'));
      const child = start();
      await openIn(child, path, READ_WRITE, 0);
      failure(() => subject.open(path), { win32Error: 32 });
      await child.kill();
      subject.open(path, { share: 0 });
    });

    it('sees stores at once, and its own are seen', async () => {
      const path = subject.fileOf(Buffer.alloc(100_000));
      const child = start();
      await mapIn(child, path, FILE_MAP_WRITE);
      const bytes = bytesOf(
        subject.view(subject.mapping(subject.open(path), PAGE_READWRITE), FILE_MAP_WRITE),
      );
      bytes.write('from here', 70_000);
      const seen = await child.ask<Uint8Array>({ do: 'load', offset: 70_000, length: 9 });
      expect(Buffer.from(seen).toString()).toBe('from here');
      await child.ask({ do: 'store', offset: 10, bytes: Buffer.from('from there') });
      expect(bytes.toString('latin1', 10, 20)).toBe('from there');
    });

    it('keeps its copy-on-write stores to itself', async () => {
      const path = subject.fileOf(Buffer.alloc(100_000, 'a'));
      const child = start();
      await mapIn(child, path, FILE_MAP_COPY);
      await child.ask({ do: 'store', offset: 0, bytes: Buffer.alloc(100_000, 'z') });
      const bytes = bytesOf(subject.view(subject.mapping(subject.open(path), PAGE_READWRITE), FILE_MAP_READ));
      expect(bytes.equals(Buffer.alloc(100_000, 'a'))).toBe(true);
      const kept = await child.ask<Uint8Array>({ do: 'load', offset: 0, length: 100_000 });
      expect(Buffer.from(kept).equals(Buffer.alloc(100_000, 'z'))).toBe(true);
    });

    it('that has the file mapped keeps this one from shortening it: 1224', async () => {
      const path = subject.fileOf(Buffer.alloc(100_000));
      const child = start();
      await mapIn(child, path, FILE_MAP_READ);
      await child.ask({ do: 'closeMapping' });
      await child.ask({ do: 'closeFile' });
      const file = subject.open(path);
      failure(() => subject.os.setEndOfFile(file, 10), { code: 'FILE_IN_USE', win32Error: 1224 });
      expect(subject.os.getFileSizeEx(file)).toBe(100_000);
      await child.ask({ do: 'unmap' });
      subject.os.setEndOfFile(file, 10);
    });

    it('no longer does once it was killed', async () => {
      const path = subject.fileOf(Buffer.alloc(100_000));
      const child = start();
      await mapIn(child, path, FILE_MAP_WRITE);
      const file = subject.open(path);
      failure(() => subject.os.setEndOfFile(file, 10), { win32Error: 1224 });
      await child.kill();
      subject.os.setEndOfFile(file, 10);
    });

    it('is kept from shortening what this one has mapped', async () => {
      const path = subject.fileOf(Buffer.alloc(100_000));
      const child = start();
      await openIn(child, path);
      subject.view(subject.mapping(subject.open(path), PAGE_READWRITE), FILE_MAP_READ);
      const shortened = child.ask({ do: 'setEndOfFile', size: 10 });
      await expect(shortened).rejects.toMatchObject({ code: 'FILE_IN_USE', win32Error: 1224 });
    });
  });
}
