import { useRef, useState } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import { signIn } from './requests.js';

/** Asks for the token of the server. */
export function SignIn({ onDone }: { onDone(): void }) {
  const [error, setError] = useState('');
  const token = useRef<HTMLInputElement>(null);
  return (
    <main class="welcome">
      <h1>Sign in</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn(token.current?.value ?? '').then(onDone, (reason: Error) => setError(reason.message));
        }}
      >
        {/* Tells password managers of different servers apart. */}
        <input type="text" autocomplete="username" value={location.host} readOnly hidden />
        <label>
          Token of this server
          <input ref={token} type="password" autocomplete="current-password" required />
        </label>
        <button type="submit" class="choose">
          Sign in
        </button>
        <p class="trouble" role="alert">
          {safeText(error)}
        </p>
      </form>
    </main>
  );
}
