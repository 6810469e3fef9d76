/**
 * The scenarios S1 to S5, each between real processes: programs of test/processes that read like the Win32 originals,
 * and a test that sits at both consoles.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Program } from '../support/program.js';
import { random, runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const path = tempFiles();
let names = 0;
const name = (stem: string) => `${stem}-${process.pid}-${names++}`;

describe('S1: a message from the first process', () => {
  it.each(['Global\\', 'Local\\', ''])('by the name %sMyFileMappingObject', async (prefix) => {
    const object = `${prefix}${name('MyFileMappingObject')}`;
    const second = () => Program.start('scenario-s1', 'second', object).end();
    const missing = [
      expect.stringMatching(/^NOT_FOUND 2: OpenFileMapping.*no such mapping.*MyFileMappingObject/),
    ];
    expect(await second()).toEqual(missing);
    const first = Program.start('scenario-s1', 'first', object);
    expect(await first.line()).toBe('press a key');
    for (let time = 0; time < 2; time++) expect(await second()).toEqual(['Message from first process.']);
    first.type('');
    await first.end();
    expect(await second()).toEqual(missing);
  });

  it('is gone when the first process is killed', async () => {
    const object = name('MyFileMappingObject');
    const first = Program.start('scenario-s1', 'first', object);
    await first.line();
    await first.kill();
    expect((await Program.start('scenario-s1', 'second', object).end())[0]).toMatch(/^NOT_FOUND 2/);
  });
});

describe('S2: the three buttons', () => {
  it('create, open and get, close', async () => {
    const object = name('MMFSharedData');
    const [one, two] = [Program.start('scenario-s2', object), Program.start('scenario-s2', object)];
    expect(await two.ask('get')).toBe('NOT_FOUND 2');
    expect(await one.ask('create This is the shared data.')).toBe('created');
    expect(await two.ask('get')).toBe('This is the shared data.');
    expect(await one.ask('get')).toBe('This is the shared data.');
    for (const each of [one, two])
      expect(await each.ask('create something else')).toBe('the mapping exists already');
    expect(await two.ask('get')).toBe('This is the shared data.');
    expect(await two.ask('close')).toBe('there is no mapping');
    expect(await one.ask('close')).toBe('closed');
    for (const each of [one, two]) expect(await each.ask('get')).toBe('NOT_FOUND 2');
    expect(await two.ask(`create ${'x'.repeat(300)}`)).toBe('created');
    expect(await one.ask('get')).toBe('x'.repeat(256));
    expect(await two.ask('close')).toBe('closed');
    await Promise.all([one.end(), two.end()]);
  });

  it('a handle closed too early takes the mapping with it', async () => {
    const object = name('MMFSharedData');
    const [one, two] = [Program.start('scenario-s2', object), Program.start('scenario-s2', object)];
    expect(await one.ask('create-and-lose data')).toBe('created');
    expect(await two.ask('get')).toBe('NOT_FOUND 2');
    expect(await two.ask('create data')).toBe('created');
    expect(await one.ask('get')).toBe('data');
    await Promise.all([one.end(), two.end()]);
  });
});

describe('S3: lines from a server to a client', () => {
  const LINES = runs(process.platform === 'win32' ? 1500 : 4000).numRuns;

  it.each([
    ['blocking', 'blocking', 0, 0],
    ['asynchronous', 'asynchronous', 0, 0],
    ['blocking', 'asynchronous', 4, 0],
    ['asynchronous', 'blocking', 0, 4],
    ['asynchronous', 'asynchronous', 4, 4],
  ])(
    '%s to %s, with pauses of up to %d and %d ms: none lost, repeated or torn',
    async (from, to, serverMs, clientMs) => {
      const next = random();
      const lines = Array.from({ length: LINES }, (_, index) => {
        const length = next(4) === 0 ? next(4000) : next(80);
        const character = String.fromCharCode(97 + next(26));
        return `${index} `.padEnd(length, next(8) === 0 ? 'ü' : character).slice(0, 2000);
      });
      const object = name('lines');
      const server = Program.start('scenario-s3', 'server', object, from, String(serverMs));
      expect(await server.line()).toBe('ready');
      const client = Program.start('scenario-s3', 'client', object, to, String(clientMs));
      for (const line of lines) server.type(line);
      const [, printed] = await Promise.all([server.end(), client.end()]);
      expect(printed.length).toBe(lines.length);
      const wrong = lines.findIndex((line, index) => line !== printed[index]);
      expect(wrong, `line ${wrong} came as ${printed[wrong]}`).toBe(-1);
    },
  );
});

describe('S4: a file under a name', () => {
  it('is opened by a process that never saw its path; both write; both exit; the file has it', async () => {
    const [object, file] = [name('file'), path('s4')];
    fs.writeFileSync(file, Buffer.alloc(100_000, '.'));
    const owner = Program.start('scenario-s4', 'owner', object, file);
    expect(await owner.line()).toBe('100000');
    const guest = Program.start('scenario-s4', 'guest', object);
    expect(await guest.line()).toBe('100000');
    expect(await owner.ask('5000 by-owner')).toBe('stored');
    expect(await guest.ask('5000')).toBe('by-owner');
    expect(await guest.ask('99992 by-guest')).toBe('stored');
    expect(await owner.ask('99992')).toBe('by-guest');
    await owner.end();
    // The guest's mapping and its name live on without the one that opened the file.
    const late = Program.start('scenario-s4', 'guest', object);
    expect(await late.line()).toBe('100000');
    expect(await late.ask('5000')).toBe('by-owner');
    expect(await late.ask('70000 too-late')).toBe('stored');
    expect(await guest.ask('70000')).toBe('too-late');
    await Promise.all([guest.end(), late.end()]);
    const expected = Buffer.alloc(100_000, '.');
    for (const [at, text] of [
      [5000, 'by-owner'],
      [70_000, 'too-late'],
      [99_992, 'by-guest'],
    ] as const) {
      expected.write(text, at);
    }
    expect(fs.readFileSync(file).equals(expected)).toBe(true);
  });
});

describe('S5: two writers and a mutex', () => {
  const writer = async (object: string, turns: number, end = '') => {
    const program = Program.start('scenario-s5', object, String(turns), end);
    expect(await program.line()).toBe('ready');
    return program;
  };

  it('take turns', async () => {
    const object = name('writers');
    const writers = [await writer(object, 2000), await writer(object, 2000)];
    for (const each of writers) each.type('begin');
    for (const each of writers) expect(await each.line()).toBe('done: 2000');
    for (const each of writers) expect(await each.end()).toEqual([]);
  });

  it.each([1, 300])(
    'when one is killed in its turn number %d, the other goes on, and learns of it once',
    async (turn) => {
      const object = name('writers');
      const [one, other] = [await writer(object, turn, 'dies'), await writer(object, 1000)];
      one.type('begin');
      other.type('begin');
      await one.ended();
      const said = [await other.line()];
      if (said[0]?.startsWith('abandoned')) said.push(await other.line());
      // Where the other had taken all its turns before, a third one learns of it.
      const third = await writer(object, 1);
      third.type('begin');
      while (!said.at(-1)?.startsWith('done')) said.push(await other.line());
      said.push(await third.line());
      if (!said.at(-1)?.startsWith('done')) said.push(await third.line());
      const abandoned = said.filter((line) => line.startsWith('abandoned'));
      expect(abandoned.length).toBe(1);
      const [first, second] = abandoned[0]!.match(/\d+/g)!.map(Number);
      expect(first).toBe(second! + 1);
      expect(said.filter((line) => line.startsWith('done'))).toEqual(['done: 1000', 'done: 1']);
      await Promise.all([other.end(), third.end()]);
    },
  );
});
