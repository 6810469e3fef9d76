/** What the rounds came to, as a table. */
import { grouped, table } from '../../src/cli/output.js';
import type { Ended } from './round.js';
import type { Ending } from './subject.js';

class Row {
  rounds = 0;
  acknowledged = 0;
  lost = 0;
  roundsThatLost = 0;
  early = 0;
}

export class Tally {
  readonly #rows = new Map<string, Row>();

  add(what: string, ending: Ending, { finding, acknowledged }: Ended): void {
    const name = `${what}, ${ending === 'cut' ? 'power cut' : 'killed'}`;
    const row = this.#rows.get(name) ?? new Row();
    this.#rows.set(name, row);
    row.rounds++;
    row.acknowledged += acknowledged;
    row.lost += finding.lost;
    if (finding.lost > 0) row.roundsThatLost++;
    if (!finding.exists) row.early++;
  }

  toString(): string {
    const columns = ['', 'rounds', 'acknowledged', 'lost, not acknowledged', 'in rounds', 'not created yet'];
    const rows = [...this.#rows]
      .sort()
      .map(([name, { rounds, acknowledged, lost, roundsThatLost, early }]) => [
        name,
        ...[rounds, acknowledged, lost, roundsThatLost, early].map(grouped),
      ]);
    return table(
      columns.map((title, at) => ({ title, right: at > 0 })),
      rows,
    );
  }
}
