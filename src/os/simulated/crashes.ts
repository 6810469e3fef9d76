/**
 * The disks that a power cut may leave: one disk, put into one possible state after the other, in place. A state costs what
 * is uncertain on the source and what was changed on the disk since the last state, not what they hold.
 *
 * A state is a choice for everything that is uncertain: which of its versions each sector holds, which length a file has, which
 * blocks, and which entries the folder has. `draw` chooses at random, `all` goes through every choice.
 */
import type { SimulatedDisk } from './disk.js';
import type { Entries } from './folder.js';
import { SECTOR_BYTES, ZEROS } from './page-cache.js';
import type { SectorVersions, StoredFile } from './stored-file.js';

/** Makes the choices of one state, which are asked for in the same order each time. */
export interface Choice {
  /** One of `versions` of a length, of entries or the like. */
  pick(versions: number): number;
  /** Which version the sector holds that is number `index` of the `total` uncertain ones of a file. */
  sector(versions: number, index: number, total: number): number;
  /** Where in a sector one version ends and another begins; undefined for whole sectors. */
  tear(): number | undefined;
}

/** A file of the source, on the disk that is put into states. */
interface Twin {
  readonly file: StoredFile;
  /** Sectors that may not hold what is certain on the source. */
  readonly differing: Set<number>;
}

export class Crashes {
  /** The disk as it was left. Nothing of it may be open when it is put into another state. */
  readonly disk: SimulatedDisk;
  readonly #source: SimulatedDisk;
  readonly #twins = new Map<StoredFile, Twin>();

  constructor(source: SimulatedDisk, disk: SimulatedDisk) {
    this.#source = source;
    this.disk = disk;
  }

  /** In how many states the disk may be found, sectors being whole. May be Infinity. */
  get states(): number {
    const { versions } = this.#source.folder;
    let states = 0;
    for (let at = 0; at < versions.count; at++) {
      let these = 1;
      for (const file of new Set(versions.at(at).values())) {
        these *= file.lengths.count * file.blockVersions.length;
        for (const sector of file.uncertain.values()) these *= sector.count;
      }
      states += these;
    }
    return states;
  }

  /** Puts the disk into a random state. @param random gives a whole number below its argument */
  draw(random: (limit: number) => number): SimulatedDisk {
    return this.put(new RandomChoice(random));
  }

  /** Puts the disk into every state, one after the other. */
  *all(): Generator<SimulatedDisk> {
    const choice = new CountingChoice();
    do yield this.put(choice);
    while (choice.next());
  }

  /** Puts the disk into the state that is chosen. */
  put(choice: Choice): SimulatedDisk {
    const { disk } = this;
    const { open } = disk.os;
    if (open.length > 0) throw new Error(`still open on the disk of the last state: ${open.join(', ')}`);
    disk.observe();
    const { versions } = this.#source.folder;
    const entries: Entries = versions.at(choice.pick(versions.count));
    for (const file of new Set(entries.values())) this.#putFile(file, choice);
    disk.folder.restore(new Map([...entries].map(([name, file]) => [name, this.#twins.get(file)!.file])));
    return disk;
  }

  #putFile(source: StoredFile, choice: Choice): void {
    const { file, differing } = this.#twin(source);
    for (const sector of source.takeSettled()) differing.add(sector);
    for (const sector of file.takeChanged()) differing.add(sector);
    for (const sector of differing) {
      if (!source.uncertain.has(sector)) file.restore(sector, source.durableSector(sector));
    }
    differing.clear();
    const length = source.lengths.at(choice.pick(source.lengths.count));
    const { blockVersions } = source;
    const blocks = blockVersions[choice.pick(blockVersions.length)]!.copy();
    const total = source.uncertain.size;
    let index = 0;
    for (const [sector, versions] of source.uncertain) {
      const bytes = cutOff(chosen(versions, choice, index++, total), length - sector * SECTOR_BYTES);
      file.restore(sector, bytes);
      if (bytes !== versions.durable) blocks.add(sector * SECTOR_BYTES, SECTOR_BYTES);
      differing.add(sector);
    }
    file.restoreLength(length, blocks);
  }

  #twin(source: StoredFile): Twin {
    const known = this.#twins.get(source);
    if (known !== undefined) return known;
    const twin = { file: this.disk.newFile(), differing: new Set<number>() };
    for (const sector of source.cache.sectors()) {
      const bytes = source.durableSector(sector);
      if (!bytes.equals(ZEROS)) twin.file.restore(sector, bytes);
    }
    this.#twins.set(source, twin);
    return twin;
  }
}

function chosen(versions: SectorVersions, choice: Choice, index: number, total: number): Buffer {
  const first = versions.at(choice.sector(versions.count, index, total));
  const tear = choice.tear();
  if (tear === undefined) return first;
  const second = versions.at(choice.pick(versions.count));
  return Buffer.concat([first.subarray(0, tear), second.subarray(tear)]);
}

/** A sector of a file that ends `length` bytes after the sector’s beginning. */
function cutOff(bytes: Buffer, length: number): Buffer {
  if (length >= SECTOR_BYTES) return bytes;
  const cut = Buffer.alloc(SECTOR_BYTES);
  if (length > 0) bytes.copy(cut, 0, 0, length);
  return cut;
}

/** Tastes in states, each of which finds other mistakes. */
const TASTES = [
  'any',
  'old or new',
  'all but one',
  'one alone',
  'torn after',
  'torn before',
  'newest',
] as const;

class RandomChoice implements Choice {
  readonly #random: (limit: number) => number;
  readonly #taste: (typeof TASTES)[number];
  readonly #tears: boolean;
  #border: number | undefined;

  constructor(random: (limit: number) => number) {
    this.#random = random;
    this.#taste = TASTES[random(TASTES.length)]!;
    this.#tears = random(3) === 0;
  }

  pick(versions: number): number {
    return versions === 1 ? 0 : this.#random(versions);
  }

  sector(versions: number, index: number, total: number): number {
    if (versions === 1) return 0;
    if (this.#taste === 'any') return this.#random(versions);
    return this.#isNew(index, total) ? versions - 1 : 0;
  }

  tear(): number | undefined {
    return this.#tears && this.#random(4) === 0 ? 1 + this.#random(SECTOR_BYTES - 1) : undefined;
  }

  #isNew(index: number, total: number): boolean {
    if (this.#taste === 'newest') return true;
    if (this.#taste === 'old or new') return this.#random(2) === 0;
    this.#border ??= this.#random(total);
    if (this.#taste === 'all but one') return index !== this.#border;
    if (this.#taste === 'one alone') return index === this.#border;
    return this.#taste === 'torn after' ? index <= this.#border : index > this.#border;
  }
}

/** Every choice, one after the other: a number whose digits are the choices. */
class CountingChoice implements Choice {
  readonly #digits: number[] = [];
  readonly #limits: number[] = [];
  #at = 0;

  pick(versions: number): number {
    const at = this.#at++;
    this.#limits[at] = versions;
    this.#digits[at] ??= 0;
    return this.#digits[at];
  }

  sector(versions: number): number {
    return this.pick(versions);
  }

  tear(): undefined {}

  /** Goes on to the next choice. The first digits count slowest: how many follow them depends on them. */
  next(): boolean {
    this.#at = 0;
    while (this.#digits.length > 0) {
      const last = this.#digits.length - 1;
      if (this.#digits[last]! + 1 < this.#limits[last]!) {
        this.#digits[last]!++;
        return true;
      }
      this.#digits.pop();
    }
    return false;
  }
}
