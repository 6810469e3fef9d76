/**
 * A random program carried out by real processes and by the model at the same time.
 *
 * After each step the answer is what the model says, and everything that must follow has followed, before the next step
 * is taken: waits that must end have ended, in a way that the model can explain; objects that nobody has are gone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WAIT_ABANDONED_0 } from '../../../src/os/constants.js';
import { nativeOs } from '../../../src/os/native.js';
import { Child, RemoteError } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import type { ObjectRequest } from '../../support/object-calls.js';
import { type Expected, ObjectsModel, type Outcome, type PendingWait } from './objects-model.js';
import { type Step, Steps } from './steps.js';
import { explain } from './waits-model.js';

type Peer = Child<ObjectRequest>;

/** Processes that are there when they are needed: one is always started ahead. */
export class Peers {
  readonly #spare: Peer[] = [];

  take(): Peer {
    const peer = this.#spare.shift() ?? this.#start();
    if (this.#spare.length === 0) this.#spare.push(this.#start());
    return peer;
  }

  /** One that may serve again, having closed everything. */
  giveBack(peer: Peer): void {
    this.#spare.push(peer);
  }

  #start(): Peer {
    return Child.start<ObjectRequest>('objects');
  }
}

export type Happening = keyof Trial['happened'];

/** How long the model's prediction of a wait's end may take to come true. */
const PATIENCE_MS = 10_000;

export class Trial {
  readonly #stem: string;
  readonly #model: ObjectsModel;
  readonly #steps: Steps;
  readonly #peers: Peers;
  readonly #running: Peer[];
  readonly #predicted: Outcome[] = [];
  readonly #arrived: Outcome[] = [];
  #wake: () => void = () => {};
  readonly #log: string[] = [];
  /** How often something that matters happened: a test in which it does not proves nothing. */
  readonly happened = { steps: 0, refused: 0, satisfiedLater: 0, abandoned: 0, ended: 0 };

  constructor(peers: Peers, processes: number, stem: string) {
    this.#peers = peers;
    this.#stem = stem;
    this.#model = new ObjectsModel(processes);
    this.#steps = new Steps(this.#model, stem);
    this.#running = Array.from({ length: processes }, () => peers.take());
  }

  /** @throws with the whole program, where a process and the model disagree */
  async carryOut(step: Step): Promise<void> {
    const action = this.#steps.action(step);
    if (!action) return;
    const { process } = action;
    const before = JSON.stringify(this.#model.named);
    try {
      if ('end' in action) {
        this.#note(process, action.end);
        await this.#end(process, action.end);
      } else {
        this.#note(process, action.request);
        await this.#request(process, action.request);
      }
      await this.#settle('end' in action);
      if (JSON.stringify(this.#model.named) !== before) await this.#checkNames();
    } catch (error) {
      throw new Error(`${(error as Error).message}\nthe program:\n  ${this.#log.join('\n  ')}`);
    }
  }

  /** Everything is closed, so that the processes may serve again; every wait that was pending ends by that. */
  async finish(): Promise<void> {
    for (const wait of this.#model.pending.values()) this.#predicted.push({ id: wait.id, result: 'CLOSED' });
    this.#model.pending.clear();
    await Promise.all(this.#running.map((peer) => peer.ask({ do: 'closeAll' })));
    await this.#settle(false);
    for (const process of [...this.#model.processes]) this.#model.end(process);
    await this.#checkNames();
    for (const peer of this.#running) this.#peers.giveBack(peer);
  }

  /** After a failure nothing is known of the processes. */
  async abandon(): Promise<void> {
    await Promise.all(this.#running.map((peer) => peer.kill()));
  }

  #note(process: number, what: unknown): void {
    this.happened.steps++;
    this.#log.push(`${this.#log.length}: process ${process}: ${JSON.stringify(what)}`);
  }

  async #end(index: number, how: 'exit' | 'kill'): Promise<void> {
    this.happened.ended++;
    const peer = this.#running[index]!;
    this.#model.end(this.#model.processes[index]!);
    this.#running[index] = this.#peers.take();
    if (how === 'exit') peer.ask({ do: 'exit', code: 0 }).catch(() => {});
    else peer.signal('SIGKILL');
    await peer.exitCode;
  }

  async #request(index: number, request: ObjectRequest): Promise<void> {
    const expected = this.#model.carryOut(this.#model.processes[index]!, request, (outcome) =>
      this.#predicted.push(outcome),
    );
    const answer = this.#running[index]!.ask<unknown>(request).then(
      (value) => ({ value }),
      (error) => ({ error }),
    );
    if (!('pending' in expected)) return this.#compare(await answer, expected);
    const { id, process } = expected.pending;
    void answer.then((given) => {
      if (!this.#model.processes.includes(process)) return;
      this.#arrived.push({ id, result: 'error' in given ? codeOf(given.error) : (given.value as number) });
      this.#wake();
    });
  }

  #compare(
    given: { value: unknown } | { error: unknown },
    expected: Exclude<Expected, { pending: unknown }>,
  ): void {
    const wanted = 'error' in expected ? expected.error : expected.value;
    const got = 'error' in given ? given.error : given.value;
    const same =
      'error' in expected
        ? Object.entries(expected.error).every(
            ([key, value]) => (got as Record<string, unknown>)[key] === value,
          )
        : !('error' in given) && (wanted === undefined || JSON.stringify(got) === JSON.stringify(wanted));
    if ('error' in expected) this.happened.refused++;
    if (!same) throw new Error(`the model says ${JSON.stringify(wanted)}, the process ${describe(got)}`);
  }

  /** Waits until every wait that must end has ended, and checks that they ended in a way that is possible. */
  async #settle(anyIndex: boolean): Promise<void> {
    let due: PendingWait[] | undefined = [];
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      this.#takePredicted();
      const outcomes = this.#arrived.splice(0);
      due = explain(this.#model, outcomes, anyIndex);
      if (!due) {
        throw new Error(`waits ended as none may have: ${JSON.stringify(outcomes)}`);
      }
      this.happened.satisfiedLater += outcomes.length;
      this.happened.abandoned += outcomes.filter(({ result }) => Number(result) >= WAIT_ABANDONED_0).length;
      if (due.length === 0 && this.#predicted.length === 0) return;
      if (Date.now() > end) {
        const missing = [...due, ...this.#predicted].map(({ id }) => id);
        throw new Error(`of these waits one at least should have ended: ${missing.join(', ')}`);
      }
      await this.#arrival();
    }
  }

  /** The outcomes that were certain: aborted, and closed. */
  #takePredicted(): void {
    for (let at = this.#predicted.length - 1; at >= 0; at--) {
      const { id, result } = this.#predicted[at]!;
      const arrived = this.#arrived.findIndex((outcome) => outcome.id === id && outcome.result === result);
      if (arrived < 0) continue;
      this.#arrived.splice(arrived, 1);
      this.#predicted.splice(at, 1);
    }
  }

  async #arrival(): Promise<void> {
    if (this.#arrived.length > 0 && this.#predicted.length === 0) return;
    const cancel = new AbortController();
    await Promise.race([
      new Promise<void>((resolve) => {
        this.#wake = resolve;
      }),
      sleep(PATIENCE_MS, undefined, { signal: cancel.signal }).catch(() => {}),
    ]);
    cancel.abort();
  }

  async #checkNames(): Promise<void> {
    const wanted = JSON.stringify(this.#model.named);
    let listed = '';
    await eventually('', () => {
      const objects = nativeOs()
        .listNamedObjects()
        .filter(({ name }) => name.includes(this.#stem))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      listed = JSON.stringify(objects);
      return listed === wanted;
    }).catch(() => {
      throw new Error(`the model has the objects ${wanted}, the system ${listed}`);
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof RemoteError ? (error.caught.code ?? error.message) : String(error);
}

function describe(value: unknown): string {
  return value instanceof Error ? value.message : JSON.stringify(value);
}
