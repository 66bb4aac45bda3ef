/** The nouns of the API, named once, so that a regenerated schema changes only this file. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Share = Schemas['Share'];
export type NewShare = Schemas['CreatedShare'];
export type Revision = Schemas['Revision'];
export type Sheet = Schemas['Sheet'];
export type BegunUpload = Schemas['BegunUpload'];
export type UploadState = Schemas['Upload'];
export type Inspection = Schemas['Inspection'];
export type ReadingOptions = Schemas['ReadingOptions'];
export type History = Schemas['History'];
export type Presenter = Schemas['Presenter'];
export type Position = Schemas['Position'];
export type Page = Schemas['Page'];
export type Column = Schemas['Column'];
export type ColumnType = Column['type'];
export type ChartAnswer = Schemas['Chart'];
export type CellProblem = Schemas['CellProblem'];
export type Failure = NonNullable<Revision['failure']>;

/** A cell as `values=text` sends it: as it was written, or null where the file has nothing. */
export type Cell = string | number | boolean | null;
