/** What a JavaScript thread and its wait thread say to each other. */

/** To the wait thread. `Request` is a wait, `Order` anything else that has to be done by that thread. */
export type ToThread<Request, Order> =
  | { readonly do: 'wait'; readonly id: number; readonly request: Request }
  | { readonly do: 'cancel'; readonly id: number }
  | { readonly do: 'order'; readonly order: Order };

/** From the wait thread: each request is answered once, by its reply or, where it was cancelled before, without one. */
export interface FromThread<Reply> {
  readonly id: number;
  readonly reply?: Reply;
}
