import { t } from '../../texts/t.ts'
import { chooseTheme, themes, useTheme } from '../../ui/theme.ts'
import { RadioCards } from './radio-cards.tsx'

export function ThemeChoice() {
  return (
    <RadioCards
      title={t('settings.theme_title')}
      value={useTheme()}
      options={themes.map((value) => ({ value, label: t(`settings.theme_${value}`) }))}
      inline
      onChoose={chooseTheme}
    />
  )
}
