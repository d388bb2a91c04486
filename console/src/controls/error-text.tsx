import { useLanguage } from '../language/language.ts'
import { chineseErrors } from './error-titles.ts'

type Props = { code: string; message: string }

/** An error in the person's language: its title where there is one, and the API's text for the details. */
export function ErrorText({ code, message }: Props) {
  const title = useErrorTitle()(code)
  if (title === undefined) return message
  return (
    <>
      {title} <ApiText text={message} />
    </>
  )
}

/** The title of an error by its code; undefined where the API's own text says it in the person's language. */
export function useErrorTitle(): (code: string) => string | undefined {
  const language = useLanguage()
  return (code) => (language === 'zh' ? chineseErrors[code] : undefined)
}

/** A text of the API as it is, which is English on every page. */
export const ApiText = ({ text }: { text: string }) => (
  <span className="quiet" lang="en">
    {text}
  </span>
)
