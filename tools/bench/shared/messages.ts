/** Messages of one size there and back, and one way: between two processes, and between two threads of one. */
import { performance } from 'node:perf_hooks';
import type { Contest, Contestant, Prepare, Reading } from '../contest.js';
import { COUNT, ECHO, type Link, REPORT, reportOf } from './link.js';
import { type Partner, partnerProcess, partnerThread } from './start-partner.js';

/** The second byte of each message. */
const MARK = 7;
/** More than fits a cache. */
const AREA_BYTES = 2 ** 27;

interface Work {
  readonly label: string;
  readonly lengthBytes: number;
  /** In each round; a tenth of it with --quick. */
  readonly trips: number;
  readonly oneWay: number;
}

const WORKS: readonly Work[] = [
  { label: '64 B', lengthBytes: 64, trips: 10_000, oneWay: 100_000 },
  { label: '4 KiB', lengthBytes: 4096, trips: 10_000, oneWay: 50_000 },
  { label: '1 MiB', lengthBytes: 2 ** 20, trips: 100, oneWay: 500 },
];

function messageOf(kind: number, lengthBytes: number): Uint8Array {
  const message = new Uint8Array(lengthBytes).fill(1);
  message[0] = kind;
  message[1] = MARK;
  return message;
}

/** Plays rounds over a link. */
function player({ link, end }: Partner, { lengthBytes, ...work }: Work, quick: boolean): Contestant {
  const trips = quick ? work.trips / 10 : work.trips;
  const oneWay = quick ? work.oneWay / 10 : work.oneWay;
  let answered: (message: Uint8Array) => void;
  link.listen((message) => {
    answered(message);
    return undefined;
  });
  const ask = (message: Uint8Array) =>
    new Promise<Uint8Array>((resolve) => {
      answered = resolve;
      void link.send(message);
    });
  const [echo, count, report] = [ECHO, COUNT, REPORT].map((kind) => messageOf(kind, lengthBytes));
  return {
    round: async (): Promise<Reading> => {
      const start = performance.now();
      let echoed = 0;
      for (let trip = 0; trip < trips; trip++) echoed += (await ask(echo!)).length;
      const middle = performance.now();
      await sendAll(link, count!, oneWay - 1);
      const said = await ask(report!);
      const counted = new DataView(said.buffer, said.byteOffset).getFloat64(0, true);
      const rates = [trips / (middle - start), oneWay / (performance.now() - middle)];
      return { done: trips + oneWay, result: echoed + counted, rates: rates.map((rate) => rate * 1000) };
    },
    close: end,
  };
}

async function sendAll(link: Link, message: Uint8Array, times: number): Promise<void> {
  for (let sent = 0; sent < times; sent++) {
    const waiting = link.send(message);
    if (waiting) await waiting;
  }
}

/** What one copy of each message costs in memory, and nothing else: out of an area that no cache holds, into another. */
function copying({ lengthBytes, trips, oneWay }: Work, quick: boolean): Contestant {
  const share = quick ? 10 : 1;
  const [done, copies] = [(trips + oneWay) / share, oneWay / share];
  const from = new Uint8Array(AREA_BYTES).fill(MARK);
  const to = new Uint8Array(AREA_BYTES).fill(1);
  return {
    round: () => {
      const start = performance.now();
      for (let copy = 0; copy < copies; copy++) {
        const at = (copy * lengthBytes) % AREA_BYTES;
        to.set(from.subarray(at, at + lengthBytes), at);
      }
      const rate = (copies * 1000) / (performance.now() - start);
      const result = (trips / share) * lengthBytes + reportOf(copies, lengthBytes, to[1]!);
      return { done, result, rates: [null, rate], reason: 'copying is one-way' };
    },
  };
}

function contest(work: Work, where: string, method: string, contestants: Record<string, Prepare>): Contest {
  return {
    cases: [
      { name: `${work.label} there and back, ${where}`, unit: 'trips/s' },
      { name: `${work.label} one way, ${where}`, unit: 'messages/s' },
    ],
    method,
    contestants,
  };
}

const betweenProcesses = WORKS.map((work) => {
  const by =
    (kind: 'channel' | 'ipc' | 'socket'): Prepare =>
    async (place) =>
      player(await partnerProcess(kind, work.lengthBytes, place), work, place.quick);
  return contest(
    work,
    'processes',
    'two processes; the receiver counts bytes. socket: Unix domain socket, each message behind its length; IPC: ' +
      'child_process.fork with advanced serialisation. 1 MiB: copied into the ring and out of it, into memory of the ' +
      'receiver; memcpy: one such copy, from memory to memory, in one process.',
    {
      perdure: by('channel'),
      IPC: by('ipc'),
      socket: by('socket'),
      ...(work.lengthBytes === 2 ** 20 && { memcpy: (place) => copying(work, place.quick) }),
    },
  );
});

const betweenThreads = WORKS.map((work) => {
  const by =
    (kind: 'channel' | 'port' | 'port with transfer'): Prepare =>
    async (place) =>
      player(await partnerThread(kind, work.lengthBytes), work, place.quick);
  return contest(
    work,
    'threads',
    'the main thread and a Worker. MessageChannel: postMessage of a Uint8Array; transfer: of a copy that is given away.',
    { perdure: by('channel'), MessageChannel: by('port'), transfer: by('port with transfer') },
  );
});

export const messages: readonly Contest[] = [...betweenProcesses, ...betweenThreads];
