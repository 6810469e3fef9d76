/**
 * Names: what is one and what is none, that they find the object they were given to and no other, and that mappings,
 * events and mutexes share one set of them. (docs: "CreateFileMappingW function", "Kernel object namespaces")
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILE_MAP_WRITE, PAGE_READONLY, PAGE_READWRITE } from '../../../src/os/constants.js';
import { MAX_NAME_LENGTH, type NamedObject } from '../../../src/os/names.js';
import { failure } from '../../support/failure.js';
import { runs } from '../../support/seed.js';
import { isGone, KINDS, memoryOf } from './object-kinds.js';
import { bytesOf, type Subject } from './subject.js';

/** No names, and the number each is refused with. */
const NO_NAMES: [what: string, name: unknown, win32Error: number][] = [
  ['empty', '', 123],
  ['a prefix alone', 'Local\\', 123],
  ['the other prefix alone', 'Global\\', 123],
  ['261 characters', 'n'.repeat(MAX_NAME_LENGTH + 1), 206],
  ['261 characters with the prefix', `Local\\${'n'.repeat(MAX_NAME_LENGTH - 5)}`, 206],
  ['a backslash', 'a\\b', 3],
  ['a backslash at the start', '\\a', 3],
  ['a backslash at the end', 'a\\', 3],
  ['a second prefix', 'Global\\Local\\a', 3],
  ['a prefix in the wrong case', 'global\\a', 3],
  ['another prefix', 'Session\\1\\a', 3],
  ['a path of the object manager', '\\BaseNamedObjects\\a', 3],
  ['a path of a pipe', '\\\\.\\pipe\\a', 3],
  ['a path that climbs', 'Local\\..\\..\\a', 3],
  ['NUL', 'a\0b', 123],
  ['a line feed', 'a\nb', 123],
  ['an escape', '\x1b[2J', 123],
  ['DEL', 'a\x7f', 123],
  ['a C1 control', 'a\x85', 123],
  ['the first half of a surrogate pair', 'a\ud83d', 123],
  ['the second half', '\ude00a', 123],
  ['the halves in the wrong order', '\ude00\ud83d', 123],
  ['a number', 7, 123],
  ['an object', {}, 123],
  ['undefined', undefined, 123],
  ['a symbol', Symbol('a'), 123],
];

/** Names that are good, however strange, made different from those of other tests by a stem. */
const ODD_NAMES = (stem: string): string[] => [
  ...[`../${stem}`, `../../etc/${stem}`, `/etc/${stem}`, `/${stem}`, `${stem}/`, `${stem}/.`, `${stem}/..`],
  ...[`./${stem}`, `.${stem}`, `..${stem}`, `${stem}.`, `${stem}..`, ` ${stem}`, `${stem} `, `${stem}\u00a0`],
  ...[`${stem}%`, `${stem}%%`, `${stem}%2F`, `${stem}%2f`, `${stem}%252F`, `${stem}%25`, `${stem}%00`],
  ...[`${stem}_`, `${stem}-`, `-${stem}`, `--${stem}`, `~${stem}`, `$${stem}`, `\`${stem}\``, `${stem};ls`],
  ...[`${stem}"`, `${stem}'`, `${stem}*`, `${stem}?`, `${stem}:`, `${stem}|`, `<${stem}>`, `${stem}=`],
  ...[stem.toUpperCase(), `${stem}A`, `${stem}a`, `${stem}I`, `${stem}i`, `${stem}\u0131`, `${stem}\u0130`],
  ...[`${stem}\u00e9`, `${stem}e\u0301`, `${stem}\u00df`, `${stem}ss`, `${stem}\uff21`, `${stem}\u200b`],
  ...[
    `${stem}数据`,
    `${stem}🗺️`,
    `${stem}🗺`,
    `${stem}\u202e`,
    `${stem}\u2028`,
    `\ufeff${stem}`,
    `${stem}\uffff`,
  ],
  ...[
    `CON.${stem}`,
    `${stem}.tmp`,
    `${stem}.lock`,
    `sem.${stem}`,
    `Local${stem}`,
    `Global${stem}`,
    `Local/${stem}`,
  ],
];

export function objectNamesContract(subject: Subject): void {
  describe.each(KINDS.map((calls) => [calls.kind, calls] as const))('the name of a %s', (kind, calls) => {
    it('finds it from when it was created until it was closed: else 2', () => {
      const name = subject.name();
      const missing = () => failure(() => calls.open(subject, name), { code: 'NOT_FOUND', win32Error: 2 });
      expect(missing().message).toContain(name);
      const created = calls.create(subject, name);
      expect(created).toMatchObject({ kind, alreadyExisted: false, closed: false });
      const opened = calls.open(subject, name);
      expect(opened).toMatchObject({ kind, closed: false });
      subject.os.closeHandle(created);
      calls.open(subject, name);
      subject.closeAll();
      missing();
    });

    it('created again is the existing object, and says so', () => {
      const name = subject.name();
      calls.create(subject, name);
      for (const spelled of [name, `Local\\${name}`]) {
        expect(calls.create(subject, spelled).alreadyExisted).toBe(true);
      }
      subject.closeAll();
      expect(calls.create(subject, name).alreadyExisted).toBe(false);
    });

    it.each(NO_NAMES)('is not %s', (_what, name, win32Error) => {
      const expected = { code: 'INVALID_ARGUMENT', win32Error } as const;
      const error = failure(() => calls.open(subject, name as string), expected);
      expect(error.message).not.toMatch(/\p{Cc}/u);
      failure(() => calls.create(subject, name as string), expected);
    });

    it('may not be null for opening', () => {
      failure(() => calls.open(subject, null as unknown as string), {
        code: 'INVALID_ARGUMENT',
        win32Error: 123,
      });
    });

    it.each(KINDS.map((other) => [other.kind, other] as const))(
      'is not opened or created as a %s, unless it is one: 6',
      (_kind, other) => {
        const name = subject.name();
        calls.create(subject, name);
        if (other === calls) {
          expect(other.open(subject, name).kind).toBe(kind);
          return;
        }
        const expected = { code: 'INVALID_HANDLE', win32Error: 6 } as const;
        for (const call of [other.open, other.create]) {
          expect(failure(() => call(subject, name), expected).message).toContain(name);
        }
        calls.open(subject, name);
      },
    );

    it('is case-sensitive, and so is its prefix', () => {
      const name = subject.name('Name');
      calls.create(subject, name);
      failure(() => calls.open(subject, name.toLowerCase()), 'NOT_FOUND');
      failure(() => calls.open(subject, name.toUpperCase()), 'NOT_FOUND');
      failure(() => calls.open(subject, `LOCAL\\${name}`), { win32Error: 3 });
    });

    it('with Global\\ is another one', () => {
      const name = subject.name();
      calls.create(subject, `Local\\${name}`);
      failure(() => calls.open(subject, `Global\\${name}`), { code: 'NOT_FOUND', win32Error: 2 });
      expect(calls.create(subject, `Global\\${name}`).alreadyExisted).toBe(false);
      calls.open(subject, `Global\\${name}`);
      subject.closeAll();
      expect(isGone(subject, `Global\\${name}`)).toBe(true);
    });
  });

  describe('an object of that name', () => {
    it('keeps its own size and protection, whatever is asked for later', () => {
      const name = subject.name();
      const first = subject.memory(5000, name);
      bytesOf(subject.view(first, FILE_MAP_WRITE)).write('first');
      const asked = [
        [10, PAGE_READWRITE],
        [1_000_000, PAGE_READWRITE],
        [5000, PAGE_READONLY],
      ] as const;
      for (const [size, protection] of asked) {
        const again = subject.memory(size, name, protection);
        expect(again).toMatchObject({ alreadyExisted: true, sizeBytes: first.sizeBytes });
        expect(again.protection).toBe(PAGE_READWRITE);
      }
      expect(memoryOf(subject, name).toString('latin1', 0, 5)).toBe('first');
    });

    it('of 260 characters is told from one that differs in the last alone', () => {
      for (const character of ['n', '%', '数', 'é']) {
        const start = subject.name(character).padEnd(MAX_NAME_LENGTH - 1, character);
        const pair = [`${start}a`, `${start}b`];
        for (const name of pair) expect(subject.memory(100, name).alreadyExisted).toBe(false);
        for (const [index, name] of pair.entries()) memoryOf(subject, name)[0] = index + 1;
        expect(pair.map((name) => memoryOf(subject, name)[0])).toEqual([1, 2]);
        failure(() => subject.memory(100, `${start}cc`), { win32Error: 206 });
      }
    });

    it('however odd is found, listed, and no other; and is no path', () => {
      const names = ODD_NAMES(subject.name('odd'));
      const bytes = names.map((name) => {
        const mapping = subject.memory(100, name);
        expect(mapping.alreadyExisted, name).toBe(false);
        return bytesOf(subject.view(mapping, FILE_MAP_WRITE));
      });
      for (const [index, each] of bytes.entries()) each.writeUInt32LE(index + 1, 0);
      for (const [index, name] of names.entries()) {
        expect(memoryOf(subject, name).readUInt32LE(0), name).toBe(index + 1);
      }
      const listed = new Map(subject.os.listNamedObjects().map((object) => [object.name, object.kind]));
      for (const name of names) expect(listed.get(`Local\\${name}`), name).toBe('file mapping');
    });

    it.each(['.', '..', '/', '...', '%', '%2F', ' '])('may be called %j', (name) => {
      const event = subject.event({ name });
      expect(event.kind).toBe('event');
      subject.own(subject.os.openEvent(0x10_0000, false, `Local\\${name}`));
    });

    it('is never found by another name (property)', () => {
      const character = fc.constantFrom(...'%/._-~+= 2Ff5aAéE🗺數0'.split(/(?:)/u));
      const ending = fc.string({ unit: character, maxLength: 6 });
      fc.assert(
        fc.property(fc.uniqueArray(ending, { minLength: 2, maxLength: 20 }), (endings) => {
          const stem = subject.name('p');
          for (const each of endings) {
            const event = subject.event({ name: `${stem}${each}` });
            expect(event.alreadyExisted).toBe(false);
          }
          for (const each of endings)
            expect(subject.event({ name: `${stem}${each}` }).alreadyExisted).toBe(true);
          subject.closeAll();
        }),
        runs(60),
      );
    });
  });

  describe('the list of named objects', () => {
    it('has each with its full name, kind and size, once, while it lives', () => {
      const stem = subject.name('listed');
      const found = (): NamedObject[] =>
        subject.os
          .listNamedObjects()
          .filter(({ name }) => name.includes(stem))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(found()).toEqual([]);
      const { sizeBytes } = subject.memory(5000, `${stem}-a`);
      subject.memory(5000, `${stem}-a`);
      subject.event({ name: `${stem}-b` });
      const mutex = subject.mutex({ name: `Global\\${stem}-c` });
      const [global, mapping, event] = [
        { name: `Global\\${stem}-c`, kind: 'mutex' },
        { name: `Local\\${stem}-a`, kind: 'file mapping', sizeBytes },
        { name: `Local\\${stem}-b`, kind: 'event' },
      ];
      expect(found()).toEqual([global, mapping, event]);
      subject.os.closeHandle(mutex);
      expect(found()).toEqual([mapping, event]);
      subject.closeAll();
      expect(found()).toEqual([]);
    });

    it('has no unnamed ones', () => {
      subject.event();
      subject.mutex();
      subject.memory(10);
      const objects = subject.os.listNamedObjects();
      for (const { name } of objects) expect(name).toMatch(/^(Local|Global)\\./);
    });
  });
}
