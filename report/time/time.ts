/** A predicted time in seconds, split by what the machine waits for. The sum of the parts is the time. */
export interface Time {
  readonly arithmetic: number;
  readonly memory: number;
  readonly overhead: number;
}

export const NO_TIME: Time = { arithmetic: 0, memory: 0, overhead: 0 };

export const secondsOf = ({ arithmetic, memory, overhead }: Time): number => arithmetic + memory + overhead;

export const scaleTime = (by: number, { arithmetic, memory, overhead }: Time): Time => ({
  arithmetic: by * arithmetic,
  memory: by * memory,
  overhead: by * overhead,
});

export const sumTime = (all: readonly Time[]): Time =>
  all.reduce(
    (a, b) => ({
      arithmetic: a.arithmetic + b.arithmetic,
      memory: a.memory + b.memory,
      overhead: a.overhead + b.overhead,
    }),
    NO_TIME,
  );
