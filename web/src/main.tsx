import "./styles/tokens.css";
import "./styles/mantine.css";
import "./styles/run.css";
import "./styles/frame.css";
import "./styles/pages.css";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Away } from "./api/problem";
import { shown } from "./frame/theme";
import { useStore } from "./api/store";
import { router } from "./router";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always", // the server may be this machine's, whatever the browser thinks of the network
      retry: false, // a refusal stays one; when the server was away, everything is asked again at its return
      refetchOnWindowFocus: false,
      staleTime: 2000,
    },
    mutations: { networkMode: "always", retry: (times, error) => error instanceof Away && times < 1 },
  },
});

function App() {
  const theme = useStore(shown);
  return (
    <MantineProvider withCssVariables={false} withGlobalClasses={false} withStaticClasses forceColorScheme={theme}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
