import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { initialTheme, showTheme } from './language/theme.ts'
import { App } from './shell/app.tsx'
import './styles/console.css'

showTheme(initialTheme())
const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
