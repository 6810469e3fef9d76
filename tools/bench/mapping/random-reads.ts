/** Single numbers at random places: what the checks of a view cost, against a DataView. */
import { join } from 'node:path';
import { MappedFile, type View } from '../../../src/index.js';
import type { Contest, Place, Prepare } from '../contest.js';
import { randomIndexes } from '../random.js';
import { timed } from '../timing.js';

const FILE_BYTES = 2 ** 26;
const OFFSETS = 1_000_000;
/** How often a round reads them all: the first time brings the memory back into the processor's caches. */
const PASSES = 5;

/** 8-byte slots; each holds its own number. */
function fill({ buffer, byteOffset }: Buffer): void {
  const slots = new Float64Array(buffer, byteOffset, FILE_BYTES / 8);
  for (let i = 0; i < slots.length; i++) slots[i] = i;
}

function mappedView(place: Place): View {
  const file = MappedFile.open(join(place.own, 'slots'), {
    mode: 'readwrite',
    create: true,
    size: FILE_BYTES,
  });
  const view = file.view();
  fill(view.bytes);
  return view;
}

function heapBytes(): Buffer {
  const bytes = Buffer.alloc(FILE_BYTES);
  fill(bytes);
  return bytes;
}

const dataView = ({ buffer, byteOffset, length }: Buffer) => new DataView(buffer, byteOffset, length);

/** A contestant that opens something to read from, and adds up what it reads at the given offsets. */
function reader<T>(open: (place: Place) => T, addUp: (source: T, offsets: Uint32Array) => number): Prepare {
  return (place) => {
    const source = open(place);
    const offsets = randomIndexes(OFFSETS, FILE_BYTES / 8).map((slot) => slot * 8);
    const work = () => {
      let sum = 0;
      for (let pass = 0; pass < PASSES; pass++) sum += addUp(source, offsets);
      return sum;
    };
    return { round: () => timed(OFFSETS * PASSES, work) };
  };
}

function contest(
  type: string,
  ofView: (view: View, offsets: Uint32Array) => number,
  ofDataView: (view: DataView, offsets: Uint32Array) => number,
): Contest {
  return {
    cases: [{ name: `random reads of a ${type}`, unit: 'reads/s' }],
    method:
      `${OFFSETS.toLocaleString('en')} reads at random multiples of 8 in 64 MiB, ${PASSES} times over. perdure: View of a mapped file. ` +
      'DataView on the heap: over a Buffer, whose memory the system may hold in larger pages than that of a file; ' +
      'DataView on the mapping: over the same bytes as perdure. All check their bounds.',
    contestants: {
      perdure: reader(mappedView, ofView),
      'DataView on the heap': reader(() => dataView(heapBytes()), ofDataView),
      'DataView on the mapping': reader((place) => dataView(mappedView(place).bytes), ofDataView),
    },
  };
}

export const randomReads: readonly Contest[] = [
  contest(
    'float64',
    (view, offsets) => {
      let sum = 0;
      for (let i = 0; i < offsets.length; i++) sum += view.getFloat64(offsets[i]!);
      return sum;
    },
    (view, offsets) => {
      let sum = 0;
      for (let i = 0; i < offsets.length; i++) sum += view.getFloat64(offsets[i]!, true);
      return sum;
    },
  ),
  contest(
    'uint32',
    (view, offsets) => {
      let sum = 0;
      for (let i = 0; i < offsets.length; i++) sum += view.getUint32(offsets[i]! + 4);
      return sum;
    },
    (view, offsets) => {
      let sum = 0;
      for (let i = 0; i < offsets.length; i++) sum += view.getUint32(offsets[i]! + 4, true);
      return sum;
    },
  ),
];
