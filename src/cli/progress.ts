/** A progress bar on stderr: only where that is a terminal, and drawn at most ten times a second. */
import { grouped } from './output.js';

const CELLS = 30;
const INTERVAL_MS = 100;

export class Progress implements Disposable {
  readonly #label: string;
  readonly #stream: NodeJS.WriteStream;
  #drawnAt = 0;
  #drawn = false;

  constructor(label: string, stream: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#stream = stream;
  }

  /** @param fraction 0 to 1, or undefined where the end is not known */
  update(fraction: number | undefined, count: number, noun: string): void {
    if (!this.#stream.isTTY) return;
    const now = Date.now();
    if (now - this.#drawnAt < INTERVAL_MS) return;
    this.#drawnAt = now;
    this.#drawn = true;
    const bar = fraction === undefined ? '' : `${progressBar(fraction, CELLS)} ${percent(fraction)}  `;
    this.#stream.write(`\r\x1b[K${this.#label} ${bar}${grouped(count)} ${noun}`);
  }

  /** Removes the bar. */
  [Symbol.dispose](): void {
    if (this.#drawn) this.#stream.write('\r\x1b[K');
    this.#drawn = false;
  }
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of `cells` characters, filled to an eighth of a character. */
export function progressBar(fraction: number, cells: number): string {
  const eighths = Math.round(Math.min(Math.max(fraction, 0), 1) * cells * 8);
  const bar = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
  return bar.padEnd(cells, '░');
}

function percent(fraction: number): string {
  return `${Math.floor(Math.min(fraction, 1) * 100)
    .toString()
    .padStart(3)} %`;
}
