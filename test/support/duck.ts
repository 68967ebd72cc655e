import { DuckDBInstance } from '@duckdb/node-api';

/** A row as DuckDB gives it to JSON: 64-bit integers are texts. */
export type DuckRow = Readonly<Record<string, unknown>>;

/** Runs a query on files in `folder`, where the paths of the query begin. */
export async function duck(folder: string, query: string): Promise<DuckRow[]> {
  const instance = await DuckDBInstance.create(':memory:', { file_search_path: folder, threads: '1' });
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(query);
    return result.getRowObjectsJson() as DuckRow[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
