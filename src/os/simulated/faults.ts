/** What is to go wrong on a simulated disk, and when. */

export type FaultKind =
  /** A call that needs blocks finds none (ERROR_DISK_FULL). */
  | 'full disk'
  /** A positioned write stores a part and reports an error of the device. */
  | 'failing write'
  /** FlushFileBuffers reports an error of the device; what it should have written may be there or not, for good. */
  | 'failing flush'
  /** FlushFileBuffers reports success and did nothing. */
  | 'lost flush';

export interface Fault {
  readonly kind: FaultKind;
  /** How many times the call still does its work. */
  readonly after: number;
  /** Whether it goes on for good, or happens once. */
  readonly lasting: boolean;
  /** Of a write that fails: which part of its sectors is written all the same, from 0 to 1. Half of them unless given. */
  readonly written?: number;
}

export class Faults {
  #planned: { readonly fault: Fault; left: number }[] = [];
  #struck = 0;

  /** How many calls were struck. */
  get struck(): number {
    return this.#struck;
  }

  plan(fault: Fault): void {
    this.#planned.push({ fault, left: fault.after });
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.#planned = [];
  }

  /** A call of this kind is under way: the fault that strikes it, or undefined. */
  strike(kind: FaultKind): Fault | undefined {
    const planned = this.#planned.find(({ fault }) => fault.kind === kind);
    if (planned === undefined || planned.left-- > 0) return undefined;
    this.#struck++;
    if (!planned.fault.lasting) this.#planned.splice(this.#planned.indexOf(planned), 1);
    return planned.fault;
  }
}
