import {attempt} from './notice';

/** What is shown once and never again. */
export function Secret({text, onDone}: {text: string; onDone: () => void}) {
  return (
    <>
      <p>It is shown this once, and never again:</p>
      <p class="code secret">{text}</p>
      <div class="actions">
        <button type="button" class="main" onClick={() => attempt(() => navigator.clipboard.writeText(text), 'Copied')}>
          Copy
        </button>
        <button type="button" onClick={onDone}>
          Done
        </button>
      </div>
    </>
  );
}
