/** Something that was asked of a run, and how to tell what became of it. */
export interface HostRequest<Asked, Receipt> {
  readonly asked: Asked;
  /** Called when it is done, not before: a receipt is true. */
  settle(receipt: Receipt): void;
}

/** What the host asks of a run that is under way: done at the next border of a turn. */
export class HostRequests<Asked, Receipt> {
  readonly #refuse: (reason: string) => Receipt;
  #waiting: HostRequest<Asked, Receipt>[] | undefined;
  #closed: string | undefined;

  constructor(refuse: (reason: string) => Receipt) {
    this.#refuse = refuse;
  }

  send(asked: Asked): Promise<Receipt> {
    if (this.#closed !== undefined) return Promise.resolve(this.#refuse(this.#closed));
    return new Promise((settle) => {
      (this.#waiting ??= []).push({ asked, settle });
    });
  }

  get hasPending(): boolean {
    return this.#waiting !== undefined;
  }

  /** Takes what waits. Whoever takes it settles it. */
  take(): readonly HostRequest<Asked, Receipt>[] {
    const taken = this.#waiting ?? [];
    this.#waiting = undefined;
    return taken;
  }

  /** Tells everybody who still waits, or comes later, why nothing will be done. */
  close(reason: string): void {
    this.#closed = reason;
    for (const { settle } of this.take()) settle(this.#refuse(reason));
  }
}
