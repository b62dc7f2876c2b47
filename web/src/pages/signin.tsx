import {useState} from 'preact/hooks';
import {access, keep, refusal} from '../app/session';
import {Heading} from '../parts/parts';

export function SignIn() {
  const [text, setText] = useState('');
  return (
    <form
      class="signin panel"
      onSubmit={(e) => {
        e.preventDefault();
        refusal.value = '';
        keep(text.trim());
        access.value = undefined;
      }}
    >
      <Heading title="Sign in" />
      <p>
        This node wants an API key (<code>cck_…</code>) or a token. The first key was printed when the node started for the
        first time; <code>POST /v1/keys</code> makes more. It is kept until this tab is closed.
      </p>
      <label class="field">
        <span>API key or token</span>
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
          aria-invalid={refusal.value ? true : undefined}
          aria-describedby="refusal"
        />
      </label>
      <p id="refusal" class="trouble" role="alert">
        {refusal.value}
      </p>
      <div class="actions">
        <button type="submit" class="main">
          Sign in
        </button>
      </div>
    </form>
  );
}
