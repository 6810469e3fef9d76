/**
 * What a power cut may leave of a record file: the records of one of a few moments, whole.
 *
 * Every byte of a record follows from its key, so that a torn or foreign one shows.
 */
import { array, defineRecord, u8, u32 } from '../../src/record/index.js';

/** 24 bytes: records straddle sectors. */
const fields = { key: u32, copies: array(u32, 4), last: u8 };
export const Entry = defineRecord(fields);
/** 28 bytes: the same with a field behind them. */
export const LongEntry = defineRecord({ ...fields, more: u32 });

export type EntryRecord = { key: number; copies: number[]; last: number; more?: number };

export function entry(key: number): EntryRecord {
  return { key, copies: [key, key, key, key], last: key & 0xff };
}

export function longEntry(key: number): EntryRecord & { more: number } {
  return { ...entry(key), more: moreOf(key) };
}

/** What the field behind them holds. */
export function moreOf(key: number): number {
  return (key + 7) >>> 0;
}

/**
 * A record from the moment it was appended: the keys it had since, with the numbers of the changes, oldest first. What was changed
 * before a flush that failed may be lost for good, though it is read: it is doubtful until it is changed again.
 */
type Slot = { key: number; change: number; isDoubtful?: boolean }[];

/** The records of one moment. */
export interface Moment {
  readonly slots: readonly Slot[];
  readonly change: number;
}

export class RecordModel {
  now: Slot[] = [];
  /** A flush has ended: the file is there. */
  acknowledged = false;
  #change = 0;
  /** Flushes under way, by the moments at which they were asked for. */
  readonly #flights = new Set<Moment>();
  /**
   * What may be found: what the last flush that ended was asked to write, and what came since while one was under way. (A
   * flush that waits for another begins later than it was asked for.)
   */
  #moments: Moment[] = [{ slots: [], change: 0 }];

  append(keys: readonly number[]): void {
    for (const key of keys) this.now.push([{ key, change: ++this.#change }]);
    this.#noteMoment();
  }

  set(index: number, key: number): void {
    this.now[index]!.push({ key, change: ++this.#change });
  }

  truncate(count: number): void {
    this.now.length = count;
    this.#noteMoment();
  }

  /** A flush is asked for. */
  begin(): Moment {
    const flight = this.#moment();
    this.#flights.add(flight);
    this.#moments.push(flight);
    return flight;
  }

  /** It has ended, and with it all that were asked for before. */
  end(flight: Moment): void {
    for (const other of this.#flights) if (other.change <= flight.change) this.#flights.delete(other);
    this.#moments = this.#moments.filter(({ change }) => change >= flight.change);
    this.acknowledged = true;
    for (const slot of flight.slots) settle(slot, flight.change);
  }

  /** After a flush that failed the file was opened again, by the same system, with these records. Returns why that cannot be. */
  adopt(records: readonly EntryRecord[]): string | undefined {
    this.#flights.clear();
    const found = this.#moments.findLast((moment) => holds(moment, records));
    if (found === undefined) return this.refusal(records);
    this.now = [...found.slots];
    for (const slot of this.now) if (slot.length > 1) for (const version of slot) version.isDoubtful = true;
    this.#moments.push(this.#moment());
    return undefined;
  }

  /** Why a file with these records is none that may be found; undefined where it may. */
  refusal(records: readonly EntryRecord[]): string | undefined {
    const counts = this.#moments.map(({ slots }) => slots.length);
    const candidates = this.#moments.filter(({ slots }) => slots.length === records.length);
    if (candidates.length === 0) return `it has ${records.length} records, where ${counts} were possible`;
    const wrong = candidates.map(({ slots }) =>
      slots.findIndex((slot, index) => !mayHold(slot, records[index]!)),
    );
    if (wrong.includes(-1)) return undefined;
    return `record ${wrong[0]} of ${records.length} is ${JSON.stringify(records[wrong[0]!])}`;
  }

  #moment(): Moment {
    return { slots: [...this.now], change: ++this.#change };
  }

  #noteMoment(): void {
    if (this.#flights.size > 0) this.#moments.push(this.#moment());
  }
}

function holds({ slots }: Moment, records: readonly EntryRecord[]): boolean {
  return slots.length === records.length && slots.every((slot, index) => mayHold(slot, records[index]!));
}

/** The versions before the newest that the flush covered are gone. */
function settle(slot: Slot, change: number): void {
  const newest = slot.findLastIndex((version) => version.change <= change && !version.isDoubtful);
  if (newest > 0) slot.splice(0, newest);
}

/** Every byte of the record is that of one of the versions. */
function mayHold(slot: Slot, record: EntryRecord): boolean {
  if (slot.length === 1 && isEntry(slot[0]!.key, record)) return true;
  const wanted = slot.map(({ key }) => numbersOf(record.more === undefined ? entry(key) : longEntry(key)));
  return numbersOf(record).every((number, at) => {
    for (let shift = 0; shift < 32; shift += 8) {
      const byte = (number >>> shift) & 0xff;
      if (!wanted.some((numbers) => ((numbers[at]! >>> shift) & 0xff) === byte)) return false;
    }
    return true;
  });
}

function isEntry(key: number, { key: found, copies, last, more }: EntryRecord): boolean {
  const whole = found === key && copies.every((copy) => copy === key) && last === (key & 0xff);
  return whole && (more === undefined || more === moreOf(key));
}

function numbersOf({ key, copies, last, more }: EntryRecord): number[] {
  return more === undefined ? [key, ...copies, last] : [key, ...copies, last, more];
}
