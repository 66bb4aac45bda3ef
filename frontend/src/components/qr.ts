/** A link as a QR code: dark squares as one SVG path, in units of a square. */
import { encode } from 'uqr';

export interface Code {
  /** Squares along a side, with the quiet zone around. */
  readonly size: number;
  readonly path: string;
}

export function codeOf(text: string): Code {
  const { size, data } = encode(text, { ecc: 'M', border: 4 });
  const squares = data.flatMap((row, y) =>
    row.map((dark, x) => (dark ? `M${String(x)} ${String(y)}h1v1h-1z` : '')),
  );
  return { size, path: squares.join('') };
}
