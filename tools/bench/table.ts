/** The results as text. */
import type { Row } from './rows.js';

/** A table: one line for each case and peer. */
export function table(rows: readonly Row[]): string {
  const lines = [['case', 'unit', 'perdure', 'peer', 'its rate', 'perdure / peer']];
  for (const row of rows) {
    const peers = Object.keys(row.peers);
    for (const [index, peer] of (peers.length > 0 ? peers : ['']).entries()) {
      const head = index === 0 ? [row.case, row.unit, quantity(row.perdure)] : ['', '', ''];
      lines.push([...head, peer, quantity(row.peers[peer] ?? null), times(row.ratio[peer] ?? null)]);
    }
  }
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const numeric = [2, 4, 5];
  const pad = (text: string, column: number) =>
    numeric.includes(column) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  lines.splice(
    1,
    0,
    widths.map((width) => '-'.repeat(width)),
  );
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

/** A rate in three digits: 12.3 M. */
export function quantity(value: number | null): string {
  if (value === null) return 'missing';
  for (const [factor, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (value >= factor) return `${Number((value / factor).toPrecision(3))} ${letter}`;
  }
  return `${Number(value.toPrecision(3))}`;
}

/** A ratio in three digits: 1.05 ×, 2,100 ×. */
export function times(ratio: number | null): string {
  if (ratio === null) return 'missing';
  const digits = Number(ratio.toPrecision(3));
  return `${digits >= 1000 ? digits.toLocaleString('en') : digits} ×`;
}
