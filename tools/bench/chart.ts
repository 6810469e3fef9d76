/**
 * The results as a picture: a horizontal bar for each case and peer, from 1 (as fast as the peer) to the ratio, on a
 * logarithmic scale; to the right where perdure is faster, to the left where it is slower. Plain SVG, with colours for
 * light and dark backgrounds.
 */
import type { Row } from './rows.js';
import { times } from './table.js';

const WIDTH = 860;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 80;
const LINE = 20;
const TOP = 64;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .case { font-weight: 600 }
  .quiet { fill: #59636e; font-size: 11px }
  .grid { stroke: #d1d9e0 }
  .one { stroke: #59636e }
  .faster { fill: #1a7f37 }
  .slower { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .one { stroke: #9198a1 }
    .faster { fill: #3fb950 }
    .slower { fill: #db6d28 }
  }`;

/** @param machine what the figures were measured on, in one line */
export function chart(title: string, rows: readonly Row[], machine: string): string {
  const ratios = rows.flatMap((row) => Object.values(row.ratio)).filter((ratio) => ratio !== null);
  const low = Math.min(-1, ...ratios.map((ratio) => Math.floor(Math.log10(ratio))));
  const high = Math.max(1, ...ratios.map((ratio) => Math.ceil(Math.log10(ratio))));
  const across = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const x = (ratio: number) => round(LABEL_WIDTH + ((Math.log10(ratio) - low) / (high - low)) * across);

  const body: string[] = [];
  let y = TOP;
  for (const row of rows) {
    y += LINE + 6;
    body.push(text(12, y, `${row.case}, ${row.unit}`, 'case'));
    for (const [peer, ratio] of Object.entries(row.ratio)) {
      y += LINE;
      body.push(text(24, y, peer, 'quiet'));
      body.push(...bar(ratio, x, y));
    }
  }
  const height = y + 40;
  const grid: string[] = [];
  for (let power = low; power <= high; power++) {
    const at = x(10 ** power);
    grid.push(
      `<line class="${power === 0 ? 'one' : 'grid'}" x1="${at}" x2="${at}" y1="${TOP}" y2="${height - 28}"/>`,
    );
    grid.push(text(at, TOP - 6, times(10 ** power), 'quiet', 'middle'));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
${text(12, 24, title, 'title')}
${[...grid, ...body].join('\n')}
${text(12, height - 10, machine, 'quiet')}
</svg>
`;
}

function bar(ratio: number | null, x: (ratio: number) => number, y: number): string[] {
  if (ratio === null || ratio <= 0) return [text(x(1) + 6, y, 'missing here', 'quiet')];
  const [from, to] = ratio >= 1 ? [x(1), x(ratio)] : [x(ratio), x(1)];
  const kind = ratio >= 1 ? 'faster' : 'slower';
  return [
    `<rect class="${kind}" x="${from}" y="${y - 11}" width="${round(Math.max(to - from, 1))}" height="14" rx="2"/>`,
    text(Math.max(to, x(1)) + 6, y, times(ratio)),
  ];
}

function text(x: number, y: number, content: string, kind?: string, anchor?: string): string {
  const attributes = `${kind ? ` class="${kind}"` : ''}${anchor ? ` text-anchor="${anchor}"` : ''}`;
  return `<text x="${round(x)}" y="${y}"${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
