import { useRef } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import { ProgressText } from './progress-text.js';
import type { Upload, Uploads } from './use-uploads.js';

interface UploadListProps {
  readonly uploads: Uploads;
  /** The one whose report is shown, or null. */
  readonly shown: number | null;
  onShow(id: number): void;
}

/** The captures of the page, and how far those are that are on their way. */
export function UploadList({ uploads, shown, onShow }: UploadListProps) {
  return (
    <ul class="uploads" aria-live="polite">
      {uploads.all.map((upload) => (
        <UploadItem
          key={upload.id}
          upload={upload}
          isShown={shown === upload.id}
          onShow={() => onShow(upload.id)}
          onRemove={() => uploads.remove(upload.id)}
        />
      ))}
    </ul>
  );
}

interface UploadItemProps {
  readonly upload: Upload;
  readonly isShown: boolean;
  onShow(): void;
  onRemove(): void;
}

function UploadItem({ upload: { file, progress, report, error }, isShown, onShow, onRemove }: UploadItemProps) {
  const name = safeText(file.name);
  return (
    <li class={progress !== null ? progress.state : report !== null ? 'done' : 'failed'}>
      <button type="button" aria-pressed={isShown} disabled={report === null} onClick={onShow}>
        {name}
      </button>
      {progress !== null && <ProgressText progress={progress} label={file.name} />}
      {error !== '' && <span class="trouble">{safeText(error)}</span>}
      <button
        type="button"
        class="remove"
        aria-label={`${progress === null ? 'Remove' : 'Cancel'} ${name}`}
        onClick={onRemove}
      >
        ×
      </button>
    </li>
  );
}

/** Opens the browser's choice of files. */
export function FileButton({ onFiles, isSmall }: { onFiles(files: readonly File[]): void; isSmall?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={isSmall ? 'choose small' : 'choose'} onClick={() => input.current?.click()}>
        {isSmall ? 'Add captures' : 'Choose captures'}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Captures"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </>
  );
}
