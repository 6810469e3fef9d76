/**
 * One side of a channel, producer or consumer: its mapping, its place among the peers, and its end.
 *
 * Invariants: the mapping is closed after everything that may still look at it; `close` is harmless when repeated and
 * never fails; a process that ends by itself with exit code 0 closes what it left open, and every other end is a loss.
 */
import { FILE_MAP_WRITE, INVALID_HANDLE_VALUE, PAGE_READWRITE } from '../../os/constants.js';
import { PerdureError } from '../../os/errors.js';
import type { MappedView } from '../../os/memory.js';
import { nativeOs } from '../../os/native.js';
import type { FileMappingHandle } from '../../os/os.js';
import {
  capacityOf,
  corrupt,
  HEADER_BYTES,
  initialise,
  LAST_NUMBER_WORD,
  mappingBytes,
  UNIT_BYTES,
  unitsFor,
} from './format.js';
import { MAX_NUMBER, Membership, type Role } from './membership.js';
import { type CheckedOptions, newCapacity } from './options.js';
import { Presence } from './presence.js';
import { RingMemory } from './ring-memory.js';

/** The open peers of this thread. */
const open = new Set<{ close(): void }>();

function closeAtExit(code: number): void {
  if (code === 0) for (const peer of open) peer.close();
}

function watchExit(peer: { close(): void }): void {
  // Before the objects of the system are let go of at exit: nobody may see this peer gone that has not said so.
  if (open.size === 0) process.prependListener('exit', closeAtExit);
  open.add(peer);
}

function unwatchExit(peer: { close(): void }): void {
  open.delete(peer);
  if (open.size === 0) process.off('exit', closeAtExit);
}

export class Peer {
  readonly name: string;
  readonly role: Role;
  readonly memory: RingMemory;
  readonly presence: Presence;
  readonly membership: Membership;
  readonly capacityBytes: number;
  readonly #mapping: FileMappingHandle;
  readonly #view: MappedView;
  readonly #owner: { close(): void };
  #closed = false;

  /** @param owner what is closed when the process ends by itself */
  constructor(name: string, role: Role, options: CheckedOptions, owner: { close(): void }) {
    const os = nativeOs();
    const { security } = options;
    const wanted = unitsFor(newCapacity(options));
    this.name = name;
    this.role = role;
    this.#owner = owner;
    this.#mapping = os.createFileMapping(
      INVALID_HANDLE_VALUE,
      security,
      PAGE_READWRITE,
      mappingBytes(wanted),
      name,
    );
    let view: MappedView | undefined;
    let presence: Presence | undefined;
    try {
      view = os.mapViewOfFile(this.#mapping, FILE_MAP_WRITE, 0, 0);
      this.#view = view;
      this.memory = ringIn(view, wanted, name);
      this.capacityBytes = capacityOf(this.memory.units);
      this.#checkCapacity(options.capacityBytes);
      const { words } = this.memory;
      presence = new Presence(
        name,
        security,
        () => ((Atomics.add(words, LAST_NUMBER_WORD, 1) >>> 0) % MAX_NUMBER) + 1,
      );
      this.presence = presence;
      this.membership = new Membership(this.memory, presence, role, name, options.onPeerLost);
      this.membership.join();
    } catch (error) {
      presence?.leave();
      if (view) os.unmapViewOfFile(view);
      os.closeHandle(this.#mapping);
      throw error;
    }
    watchExit(owner);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws CLOSED */
  checkOpen(): void {
    if (this.#closed) throw this.closedError();
  }

  closedError(): PerdureError {
    return new PerdureError('CLOSED', `this ${this.role} of the channel '${this.name}' was closed`);
  }

  /** Leaves the channel. Harmless when repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    unwatchExit(this.#owner);
    const os = nativeOs();
    try {
      this.membership.leave();
    } finally {
      this.presence.leave();
      os.unmapViewOfFile(this.#view);
      os.closeHandle(this.#mapping);
    }
  }

  #checkCapacity(asked: number | undefined): void {
    if (asked === undefined || this.capacityBytes >= asked) return;
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `the channel '${this.name}' exists with ${this.capacityBytes} bytes, fewer than the ${asked} asked for; ask for no more, or have its peers close it first`,
    );
  }
}

/** The ring in a mapping that may be anybody's. @throws CORRUPT, VERSION_UNSUPPORTED */
function ringIn(view: MappedView, wanted: number, name: string): RingMemory {
  const room = Math.floor((view.lengthBytes - HEADER_BYTES) / UNIT_BYTES);
  if (room < unitsFor(0)) throw corrupt(name, 'the mapping of that name is not a channel');
  const { buffer } = view;
  const words = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
  return new RingMemory(buffer, initialise(words, Math.min(wanted, room), name), name);
}
