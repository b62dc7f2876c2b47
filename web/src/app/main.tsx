import {render} from 'preact';
import './theme';
import '../style.css';
import {App} from './app';
import {takeToken} from './session';

takeToken();
render(<App />, document.getElementById('app')!);
