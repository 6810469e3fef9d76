/**
 * How long a named object lives: as long as any process has a handle to it or a view of it, killed ones not counted.
 * (docs: CloseHandle; "CreateFileMappingW function": "the file mapping object is not closed until all references are")
 */
import { describe, expect, it } from 'vitest';
import {
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  INVALID_HANDLE_VALUE,
  PAGE_READWRITE,
} from '../../../src/os/constants.js';
import type { EventHandle, MutexHandle } from '../../../src/os/synchronization.js';
import { failure, rejection } from '../../support/failure.js';
import type { Opened } from '../../support/object-calls.js';
import { isGone, KINDS, memoryOf, startPeer, vanishes } from './object-kinds.js';
import { bytesOf, type Subject } from './subject.js';

const CLOSED = { code: 'CLOSED', win32Error: 6 } as const;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

export function objectLifeContract(subject: Subject): void {
  describe.each(KINDS.map((calls) => [calls.kind, calls] as const))('a named %s', (_kind, calls) => {
    it('lives until the last of its handles is closed, in any order', () => {
      const name = subject.name();
      const handles = [calls.create(subject, name), calls.open(subject, name), calls.create(subject, name)];
      for (const index of [1, 0, 2]) {
        expect(isGone(subject, name)).toBe(false);
        subject.os.closeHandle(handles[index]!);
      }
      expect(isGone(subject, name)).toBe(true);
    });

    it('is not closed twice by closing a handle twice', () => {
      const name = subject.name();
      const [first, second] = [calls.create(subject, name), calls.open(subject, name)];
      for (let time = 0; time < 3; time++) subject.os.closeHandle(first);
      expect([first.closed, second.closed]).toEqual([true, false]);
      calls.open(subject, name);
    });

    it('lives on in another process when its creator closes it, and goes when that one does', async () => {
      const name = subject.name();
      const peer = startPeer();
      const created = calls.create(subject, name);
      expect(await peer.ask<Opened>(calls.openIn('it', name))).toBeDefined();
      subject.os.closeHandle(created);
      subject.os.closeHandle(calls.open(subject, name));
      await peer.ask({ do: 'close', handle: 'it' });
      expect(isGone(subject, name)).toBe(true);
      await expect(peer.ask(calls.openIn('it', name))).rejects.toMatchObject({
        code: 'NOT_FOUND',
        win32Error: 2,
      });
    });

    it('created in another process is found here, and the other way round', async () => {
      const [ours, theirs] = [subject.name('ours'), subject.name('theirs')];
      const peer = startPeer();
      calls.create(subject, ours);
      expect((await peer.ask<Opened>(calls.createIn('ours', ours))).alreadyExisted).toBe(true);
      expect((await peer.ask<Opened>(calls.createIn('theirs', theirs))).alreadyExisted).toBe(false);
      expect(calls.create(subject, theirs).alreadyExisted).toBe(true);
    });

    it.each(['ends', 'calls process.exit', 'is killed'])('is gone when its last holder %s', async (how) => {
      const name = subject.name();
      const peer = startPeer();
      await peer.ask(calls.createIn('it', name));
      subject.os.closeHandle(calls.open(subject, name));
      if (how === 'ends') await peer.end();
      else if (how === 'calls process.exit') await peer.ask({ do: 'exit', code: 0 }).catch(() => {});
      await peer.kill();
      await vanishes(subject, name);
      expect(calls.create(subject, name).alreadyExisted).toBe(false);
    });

    it('outlives its creator, also a killed one, while another process has it', async () => {
      const name = subject.name();
      const [creator, keeper] = [startPeer(), startPeer()];
      await creator.ask(calls.createIn('it', name));
      await keeper.ask(calls.openIn('it', name));
      await creator.kill();
      for (let time = 0; time < 20; time++) subject.os.closeHandle(calls.open(subject, name));
      await keeper.kill();
      await vanishes(subject, name);
    });

    it('made and closed by three processes at once is always made, and gone in the end', async () => {
      const name = subject.name();
      const peers = [startPeer(), startPeer(), startPeer()];
      const request = { do: 'churn', create: calls.createIn('churned', name), rounds: 300 } as const;
      const created = await Promise.all(peers.map((peer) => peer.ask<number>(request)));
      // Somebody created it first; nobody created it more often than it was closed.
      const total = created.reduce((sum, each) => sum + each);
      expect(total).toBeGreaterThanOrEqual(1);
      expect(total).toBeLessThanOrEqual(900);
      expect(isGone(subject, name)).toBe(true);
    });
  });

  describe('a named mapping', () => {
    it('lives by its views alone, contents and all', async () => {
      const name = subject.name();
      const peer = startPeer();
      const mapping = subject.memory(5000, name);
      const view = subject.view(mapping, FILE_MAP_WRITE);
      bytesOf(view).write('seen through a view');
      subject.os.closeHandle(mapping);
      await peer.ask({ do: 'openMapping', as: 'it', name, access: FILE_MAP_READ });
      await peer.ask({ do: 'map', view: 'it', handle: 'it', access: FILE_MAP_READ });
      await peer.ask({ do: 'close', handle: 'it' });
      subject.os.unmapViewOfFile(view);
      expect(memoryOf(subject, name).toString('latin1', 0, 19)).toBe('seen through a view');
      subject.closeAll();
      expect(isGone(subject, name)).toBe(false);
      const seen = await peer.ask<Uint8Array>({ do: 'load', view: 'it', offset: 0, length: 19 });
      expect(text(seen)).toBe('seen through a view');
      await peer.ask({ do: 'unmap', view: 'it' });
      expect(isGone(subject, name)).toBe(true);
    });

    it('shows the stores of each process to the others at once', async () => {
      const name = subject.name();
      const peer = startPeer();
      const ours = bytesOf(subject.view(subject.memory(70_000, name), FILE_MAP_WRITE));
      await peer.ask({ do: 'openMapping', as: 'it', name, access: FILE_MAP_WRITE });
      await peer.ask({ do: 'map', view: 'it', handle: 'it', access: FILE_MAP_WRITE });
      ours.write('from here', 65_530);
      expect(text(await peer.ask({ do: 'load', view: 'it', offset: 65_530, length: 9 }))).toBe('from here');
      await peer.ask({ do: 'store', view: 'it', offset: 3, bytes: Buffer.from('from there') });
      expect(ours.toString('latin1', 3, 13)).toBe('from there');
    });

    it('created again after it was gone is new: zeros, and of the new size', async () => {
      const name = subject.name();
      const peer = startPeer();
      await peer.ask({ do: 'createMapping', as: 'it', name, size: 5000 });
      await peer.ask({ do: 'map', view: 'it', handle: 'it', access: FILE_MAP_WRITE });
      await peer.ask({ do: 'store', view: 'it', offset: 0, bytes: Buffer.alloc(5000, 7) });
      await peer.kill();
      await vanishes(subject, name);
      const mapping = subject.memory(90_000, name);
      expect(mapping.alreadyExisted).toBe(false);
      const bytes = bytesOf(subject.view(mapping, FILE_MAP_READ, 0, 90_000));
      expect(bytes.equals(Buffer.alloc(90_000))).toBe(true);
    });

    it('a thousand times, one after the other, leaves nothing', () => {
      const stem = subject.name('many');
      for (let round = 0; round < 1000; round++) {
        const mapping = subject.os.createFileMapping(
          INVALID_HANDLE_VALUE,
          null,
          PAGE_READWRITE,
          100,
          `${stem}-${round % 3}`,
        );
        expect(mapping.alreadyExisted).toBe(false);
        subject.os.closeHandle(mapping);
      }
      expect(subject.os.listNamedObjects().filter(({ name }) => name.includes(stem))).toEqual([]);
    });
  });

  describe('use after close is an error', () => {
    it('of an event', async () => {
      const event = subject.event({ initial: true });
      subject.os.closeHandle(event);
      expect(event.closed).toBe(true);
      failure(() => subject.os.setEvent(event), CLOSED);
      failure(() => subject.os.resetEvent(event), CLOSED);
      failure(() => subject.os.waitForSingleObject(event, 0), CLOSED);
      failure(() => subject.os.waitForMultipleObjects([subject.event(), event], false, 0), CLOSED);
      await rejection(subject.os.waitForSingleObjectAsync(event, 0), CLOSED);
      await rejection(subject.os.waitForMultipleObjectsAsync([event], true, 0), CLOSED);
    });

    it('of a mutex', async () => {
      const mutex = subject.mutex();
      subject.os.closeHandle(mutex);
      expect(mutex.closed).toBe(true);
      failure(() => subject.os.releaseMutex(mutex), CLOSED);
      failure(() => subject.os.waitForSingleObject(mutex, 0), CLOSED);
      await rejection(subject.os.waitForSingleObjectAsync(mutex, 0), CLOSED);
    });

    it('of what is no such handle', async () => {
      const WRONG = { code: 'INVALID_HANDLE', win32Error: 6 } as const;
      const [event, mutex, memory] = [subject.event(), subject.mutex(), subject.memory(10)];
      const others = [null, undefined, 0, {}, { kind: 'event', closed: false }, memory, subject.file(10)];
      const { os } = subject;
      for (const other of [...others, mutex]) {
        failure(() => os.setEvent(other as unknown as EventHandle), WRONG);
        failure(() => os.resetEvent(other as unknown as EventHandle), WRONG);
      }
      for (const other of [...others, event]) {
        failure(() => os.releaseMutex(other as unknown as MutexHandle), WRONG);
      }
      const set = failure(() => os.setEvent(mutex as unknown as EventHandle), WRONG);
      expect(set.message).toContain(' is not an event handle');
      const release = failure(() => os.releaseMutex(event as unknown as MutexHandle), WRONG);
      expect(release.message).toContain(' is not a mutex handle');
      for (const other of others) {
        failure(() => os.waitForSingleObject(other as unknown as EventHandle, 0), WRONG);
        failure(() => os.waitForMultipleObjects([event, other as unknown as EventHandle], false, 0), WRONG);
        await rejection(os.waitForSingleObjectAsync(other as unknown as EventHandle, 0), WRONG);
      }
    });
  });
}
