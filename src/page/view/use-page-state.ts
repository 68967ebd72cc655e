import { useCallback, useEffect, useState } from 'preact/hooks';
import { type PageState, stateFromHash, stateToHash } from '../data/page-address.js';

type SetState = (state: PageState, isTransient?: boolean) => void;

/** The state in the hash of the page's address: each change is an entry of the history, unless it is transient. */
export function usePageState(): [PageState, SetState] {
  const [state, setState] = useState(() => stateFromHash(location.hash));
  useEffect(() => {
    const read = () => setState(stateFromHash(location.hash));
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);
  const change = useCallback<SetState>((next, isTransient = false) => {
    const hash = stateToHash(next);
    // "#" rather than an address without one, which would load the page again.
    if (isTransient) location.replace(hash === '' ? '#' : hash);
    else location.hash = hash;
    setState(next);
  }, []);
  return [state, change];
}
