import { HttpProblem } from '../problem.js';

/** How much of a capture has been read, in bytes as sent. Both are 0 until a worker begins, and once it is done. */
export interface ReadProgress {
  readonly read_bytes: number;
  readonly total_bytes: number;
}

export type OnRead = (progress: ReadProgress) => void;

const NOTHING: ReadProgress = { read_bytes: 0, total_bytes: 0 };

/** How far uploads are whose clients want to know, by the id that each client chose. */
export class UploadProgress {
  private readonly uploads = new Map<string, ReadProgress>();

  /** Throws an HttpProblem where another upload has this id. The caller ends what it began. */
  begin(id: string): OnRead {
    if (this.uploads.has(id)) throw new HttpProblem(409, 'upload-id-in-use', `another upload is called '${id}'`);
    this.uploads.set(id, NOTHING);
    return (progress) => {
      if (this.uploads.has(id)) this.uploads.set(id, progress);
    };
  }

  end(id: string): void {
    this.uploads.delete(id);
  }

  of(id: string): ReadProgress {
    return this.uploads.get(id) ?? NOTHING;
  }
}
