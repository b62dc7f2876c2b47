import {useState} from 'preact/hooks';
import {change} from '../../api/client';
import {attempt} from '../../parts/notice';
import {Field, Panel, Switch, TextInput} from '../../parts/parts';
import type {Changes, LayoutControl} from './layout';

const EMOJI = ['🎉', '👏', '❤️', '😂', '👍', '🔥', '😮', '🙏'];

/** What an operator puts into the picture all the time: text, banner, toast, emoji. */
export function Show({base, layout}: {base: string; layout: LayoutControl}) {
  const {params} = layout;
  const [emoji, setEmoji] = useState('');
  const set = (params: Changes) => layout.set({params});
  const react = (one: string) => attempt(() => change('POST', `${base}/reactions`, {emoji: one, from: 'dashboard'}));
  const text = (name: string, otherwise: string) => String(params[name] ?? otherwise);
  return (
    <Panel title="In the picture">
      <div class="show">
        <div class="block">
          <label class="check">
            <Switch on={params['showTextOverlay'] === true} onChange={(on) => set({showTextOverlay: on})} /> Text
          </label>
          <TextInput
            lines={2}
            aria-label="Text"
            value={text('text.content', 'An example text overlay')}
            onDone={(value) => set({'text.content': value})}
          />
        </div>
        <div class="block">
          <label class="check">
            <Switch on={params['showBannerOverlay'] === true} onChange={(on) => set({showBannerOverlay: on})} /> Banner
          </label>
          <TextInput
            aria-label="Banner's title"
            value={text('banner.title', 'Hello world')}
            onDone={(value) => set({'banner.title': value})}
          />
          <TextInput
            aria-label="Banner's subtitle"
            value={text('banner.subtitle', 'This is an example subtitle')}
            onDone={(value) => set({'banner.subtitle': value})}
          />
        </div>
        <div class="block">
          <label class="check">
            <Switch on={params['showTicker'] === true} onChange={(on) => set({showTicker: on})} /> Ticker
          </label>
          <TextInput
            aria-label="Ticker's text"
            value={text('ticker.text', '')}
            onDone={(value) => set({'ticker.text': value})}
          />
          <label class="check">
            <Switch on={params['showClock'] === true} onChange={(on) => set({showClock: on})} /> Clock
          </label>
        </div>
        <div class="block">
          <OneLine label="Toast" placeholder="Ada joined" longest={500} path={`${base}/toasts`} />
          <OneLine label="Caption" placeholder="Good morning everyone" longest={1000} path={`${base}/captions`} />
          <form
            onSubmit={async (e) => {
              e.preventDefault();
              if (await react(emoji.trim())) setEmoji('');
            }}
          >
            <div class="emoji" role="group" aria-label="Reactions">
              {EMOJI.map((one) => (
                <button key={one} type="button" aria-label={`React with ${one}`} onClick={() => react(one)}>
                  {one}
                </button>
              ))}
              <input
                required
                aria-label="Another emoji"
                placeholder="…"
                maxLength={16}
                value={emoji}
                onInput={(e) => setEmoji(e.currentTarget.value)}
              />
            </div>
          </form>
        </div>
      </div>
    </Panel>
  );
}

/** A line that is shown once, when it is sent. */
function OneLine(given: {label: string; placeholder: string; longest: number; path: string}) {
  const [line, setLine] = useState('');
  return (
    <form
      onSubmit={async (e) => {
        e.preventDefault();
        if (await attempt(() => change('POST', given.path, {text: line}))) setLine('');
      }}
    >
      <Field label={given.label}>
        <span class="inline">
          <input
            required
            maxLength={given.longest}
            value={line}
            placeholder={given.placeholder}
            onInput={(e) => setLine(e.currentTarget.value)}
          />
          <button type="submit" aria-label={`Show the ${given.label.toLowerCase()}`}>
            Show
          </button>
        </span>
      </Field>
    </form>
  );
}
