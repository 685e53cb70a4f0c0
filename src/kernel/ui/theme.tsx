/** One accent, calm greys that pass AA, dense controls, light and dark. Own styles use the same variables. */
import { App, ConfigProvider, theme, type ThemeConfig } from 'antd'
import zhCN from 'antd/locale/zh_CN'
import { createContext, use, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react'
import { nonce } from './nonce.web.ts'

export type Shade = 'light' | 'dark' | 'auto'

export const FONTS =
  '-apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "Microsoft YaHei UI", "Microsoft YaHei", "HarmonyOS Sans SC", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'

const VARIABLES = 'gongxie'
const shared: ThemeConfig = {
  cssVar: { key: VARIABLES },
  hashed: false,
}
const seed = {
  motion: !matchMedia('(prefers-reduced-motion: reduce)').matches, fontFamily: FONTS, fontSize: 14, borderRadius: 4, controlHeight: 32, wireframe: false,
}

const light: ThemeConfig = {
  ...shared,
  algorithm: theme.defaultAlgorithm,
  token: {
    ...seed, colorPrimary: '#23569f', colorLink: '#23569f', colorInfo: '#23569f',
    colorSuccess: '#2a7d3b', colorWarning: '#a65f00', colorError: '#c0281c',
    colorTextBase: '#16202c', colorBgLayout: '#f4f6f8',
    colorPrimaryBg: '#eaf1fa', colorInfoBg: '#eef4fb', colorInfoBorder: '#bcd0eb', colorSuccessBg: '#ecf6ee', colorSuccessBorder: '#b5d9bd',
    colorWarningBg: '#fdf5e6', colorWarningBorder: '#ecd5a8', colorErrorBg: '#fdf0ee', colorErrorBorder: '#f0c0ba',
    controlItemBgActive: '#e4edf9', controlItemBgHover: '#eef1f5', colorBorder: '#c3cad3', colorBorderSecondary: '#e3e7ec',
    colorTextSecondary: '#3f4b59', colorTextTertiary: '#5a6675', colorTextDescription: '#5a6675', colorTextQuaternary: '#667180', colorTextPlaceholder: '#667180',
  },
  components: { Table: { headerBg: '#f4f6f8', headerColor: '#3f4b59', rowSelectedBg: '#eaf1fa', cellPaddingBlockSM: 6, cellPaddingInlineSM: 8 }, Button: { colorErrorHover: '#a8221a' } },
}

const dark: ThemeConfig = {
  ...shared,
  algorithm: theme.darkAlgorithm,
  token: {
    ...seed, colorPrimary: '#3b78cf', colorLink: '#86b4f5', colorLinkHover: '#a9cbfa', colorInfo: '#86b4f5', colorPrimaryText: '#86b4f5',
    colorSuccess: '#5fbd74', colorWarning: '#dba13f', colorError: '#fb8378',
    colorInfoBg: '#17273d', colorInfoBorder: '#2f4f7d', colorSuccessBg: '#16291b', colorSuccessBorder: '#2f5a3a', colorWarningBg: '#2e2413', colorWarningBorder: '#6a5020',
    colorErrorBg: '#331a18', colorErrorBorder: '#74322c', colorPrimaryBg: '#1b2c44', colorBgBase: '#12161b', colorTextBase: '#e6eaef', colorBgLayout: '#0d1115', colorBgContainer: '#161b21', colorBgElevated: '#1d232b', controlItemBgActive: '#1c3152', controlItemBgHover: '#232a33',
    colorBorder: '#3a444f', colorBorderSecondary: '#29313a',
    colorTextSecondary: '#b9c2cc', colorTextTertiary: '#98a3af', colorTextDescription: '#98a3af', colorTextQuaternary: '#8b96a3', colorTextPlaceholder: '#8b96a3',
  },
  components: {
    Table: { headerBg: '#1a2027', headerColor: '#b9c2cc', rowSelectedBg: '#1b2c44', cellPaddingBlockSM: 6, cellPaddingInlineSM: 8 },
    Tabs: { itemSelectedColor: '#86b4f5', itemHoverColor: '#a9cbfa', inkBarColor: '#86b4f5' },
    Select: { optionSelectedColor: '#e6eaef' },
    // Under the pointer words must be read too, and a chosen line of a menu stands on a dark ground.
    Button: { defaultHoverColor: '#a9cbfa', defaultHoverBorderColor: '#5f93dc', colorPrimaryHover: '#336dc0' },
    Dropdown: { colorPrimary: '#86b4f5' },
  },
}

const KEY = 'gongxie.shade'
const systemDark = matchMedia('(prefers-color-scheme: dark)')
const onSystem = (change: () => void) => {
  systemDark.addEventListener('change', change)
  return () => systemDark.removeEventListener('change', change)
}

const ShadeContext = createContext<{ shade: Shade; isDark: boolean; setShade: (s: Shade) => void }>({ shade: 'auto', isDark: false, setShade: () => {} })
export const useShade = () => use(ShadeContext)

export function Appearance({ children }: { children: ReactNode }) {
  const [shade, choose] = useState<Shade>(() => (localStorage.getItem(KEY) as Shade | null) ?? 'auto')
  const system = useSyncExternalStore(onSystem, () => systemDark.matches)
  const isDark = shade === 'dark' || (shade === 'auto' && system)
  useEffect(() => {
    document.documentElement.classList.add(VARIABLES)
    document.documentElement.dataset.shade = isDark ? 'dark' : 'light'
    document.documentElement.style.colorScheme = isDark ? 'dark' : 'light'
  }, [isDark])
  const value = useMemo(() => ({
    shade, isDark,
    setShade: (s: Shade) => {
      localStorage.setItem(KEY, s)
      choose(s)
    },
  }), [shade, isDark])
  return (
    <ShadeContext value={value}>
      <ConfigProvider locale={zhCN} theme={isDark ? dark : light} csp={{ nonce }} button={{ autoInsertSpace: false }} form={{ requiredMark: true, scrollToFirstError: { focus: true } }} wave={{ disabled: true }}>
        <App component={false}>{children}</App>
      </ConfigProvider>
    </ShadeContext>
  )
}

/** Dark whatever the person chose: for wall screens. */
export function AlwaysDark({ children }: { children: ReactNode }) {
  const { shade, setShade } = useShade()
  const value = useMemo(() => ({ shade, isDark: true, setShade }), [shade, setShade])
  return (
    <ShadeContext value={value}>
      <ConfigProvider theme={{ ...dark, cssVar: { key: `${VARIABLES}-dark` } }}>
        <Variables>{children}</Variables>
      </ConfigProvider>
    </ShadeContext>
  )
}

function Variables({ children }: { children: ReactNode }) {
  // Reading the token is what writes the variables of this theme into the page.
  theme.useToken()
  return <div className={`${VARIABLES}-dark`} data-shade="dark">{children}</div>
}
