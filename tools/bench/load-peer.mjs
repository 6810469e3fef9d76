/** Imports a peer by name. Uncompiled, so that Node.js looks for it in the node_modules beside this file. */
export const load = (name) => import(name);
