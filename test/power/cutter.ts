/** Cuts the power of a simulated disk again and again, and has looked at what may be found each time. */
import type { SimulatedDisk } from '../../src/os/simulated/index.js';

/** Images drawn at a cut. */
const DRAWN = 4;
/** Where no more images than this are possible at a cut, all are looked at; else some are drawn. */
const FEW = 12;

/** Looks at a disk. `where` names it, for the message of an error. */
export type Look = (image: SimulatedDisk, where: string) => void;

export class Cutter {
  images = 0;
  readonly #disk: SimulatedDisk;
  readonly #seed: number;
  readonly #next: (limit: number) => number;
  readonly #few: number;
  readonly #look: Look;
  #failure: unknown;

  constructor(
    disk: SimulatedDisk,
    seed: number,
    next: (limit: number) => number,
    few: number | undefined,
    look: Look,
  ) {
    this.#disk = disk;
    this.#seed = seed;
    this.#next = next;
    this.#few = few ?? FEW;
    this.#look = look;
  }

  /** The power is cut now. @throws what looking at an image throws */
  cut(): void {
    if (this.#failure !== undefined) return;
    const { crashes } = this.#disk;
    try {
      if (crashes.states <= this.#few) for (const image of crashes.all()) this.look(image);
      else for (let drawn = 0; drawn < DRAWN; drawn++) this.look(crashes.draw(this.#next));
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Looks at one image. Nothing of it may be open afterwards. */
  look(image: SimulatedDisk, look: Look = this.#look): void {
    const where = `seed ${this.#seed}, image ${++this.images}`;
    look(image, where);
    checkNothingOpen(image, where);
  }

  /** Throws again what looking at an image has thrown: the program under test may have swallowed it. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

export function checkNothingOpen(disk: SimulatedDisk, where: string): void {
  const { open } = disk.os;
  if (open.length > 0) throw new Error(`${where}: still open: ${open.join(', ')}`);
}
