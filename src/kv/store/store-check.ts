/** The full check of a store: of each table, and that no page is used by two of them. */
import { corruptPage } from '../admission.js';
import { TreeCheck, type TreeReport } from '../check.js';
import { type Directory, listTables } from '../directory.js';
import type { PageStore, TreeRoot } from '../page-store.js';
import { Tree } from '../tree.js';

/** What `Store.check` found of a table. */
export interface TableReport extends Omit<TreeReport, 'pages'> {
  /** '' for the store's own. */
  readonly name: string;
}

/** `used` takes the pages that the tables use, and the tree of tables itself. @throws CORRUPT, naming the page */
export function checkTables(pages: PageStore, tables: Directory, used: Set<number>): TableReport[] {
  const check = (root: TreeRoot) => {
    const { pages: own, ...report } = new TreeCheck(new Tree(pages, root)).run();
    for (const page of own) {
      if (used.has(page)) throw corruptPage(page, 'two tables use it');
      used.add(page);
    }
    return report;
  };
  check(tables.tree);
  return [...listTables(pages, tables)].map(([name, { tree }]) => ({ name, ...check(tree) }));
}
