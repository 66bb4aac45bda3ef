import { mount } from 'svelte';

import App from './App.svelte';
import './app.css';
import { theme } from './theme.svelte';

theme.restore();
const target = document.getElementById('app');
if (target !== null) mount(App, { target });
