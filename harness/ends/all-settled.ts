/** Waits for all of it before the first error is thrown on: by then what was started beside it has been made, and can be ended. */
export async function allSettled<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
