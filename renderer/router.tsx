import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { BatchPage } from './pages/batch-page.tsx';
import { CertificatesPage } from './pages/certificates-page.tsx';
import { DeliveryPage, deliverySearchOf } from './pages/delivery-page.tsx';
import { DevicesPage } from './pages/devices-page.tsx';
import { LedgerPage, ledgerSearchOf } from './pages/ledger-page.tsx';
import { MonthPage } from './pages/month-page.tsx';
import { MonthsPage } from './pages/months-page.tsx';
import { OverviewPage } from './pages/overview-page.tsx';
import { ReadingPage } from './pages/reading-page.tsx';
import { ReadingsPage, readingSearchOf } from './pages/readings-page.tsx';
import { ReviewsPage, reviewSearchOf } from './pages/reviews-page.tsx';
import { UnitPage } from './pages/unit-page.tsx';
import { CrashNote } from './shell/crash-note.tsx';
import { Gate } from './shell/gate.tsx';
import { LostPage } from './shell/lost-page.tsx';

const root = createRootRoute({ component: Gate, notFoundComponent: LostPage, errorComponent: CrashNote });

const overview = createRoute({ getParentRoute: () => root, path: '/', component: OverviewPage });
const devices = createRoute({ getParentRoute: () => root, path: '/devices', component: DevicesPage });

const unit = createRoute({
  getParentRoute: () => root,
  path: '/units/$id',
  component: function UnitRoute() {
    return <UnitPage id={unit.useParams().id} />;
  },
});

const readings = createRoute({
  getParentRoute: () => root,
  path: '/readings',
  validateSearch: readingSearchOf,
  component: function ReadingsRoute() {
    return <ReadingsPage search={readings.useSearch()} />;
  },
});

const reading = createRoute({
  getParentRoute: () => root,
  path: '/readings/$index',
  component: function ReadingRoute() {
    return <ReadingPage index={Number(reading.useParams().index)} />;
  },
});

const reviews = createRoute({
  getParentRoute: () => root,
  path: '/reviews',
  validateSearch: reviewSearchOf,
  component: function ReviewsRoute() {
    return <ReviewsPage search={reviews.useSearch()} />;
  },
});

const ledger = createRoute({
  getParentRoute: () => root,
  path: '/ledger',
  validateSearch: ledgerSearchOf,
  component: function LedgerRoute() {
    return <LedgerPage search={ledger.useSearch()} />;
  },
});

const delivery = createRoute({
  getParentRoute: () => root,
  path: '/delivery',
  validateSearch: deliverySearchOf,
  component: function DeliveryRoute() {
    return <DeliveryPage search={delivery.useSearch()} />;
  },
});

const months = createRoute({ getParentRoute: () => root, path: '/months', component: MonthsPage });

const month = createRoute({
  getParentRoute: () => root,
  path: '/months/$month',
  component: function MonthRoute() {
    return <MonthPage month={month.useParams().month} />;
  },
});

const certificates = createRoute({ getParentRoute: () => root, path: '/certificates', component: CertificatesPage });

const batch = createRoute({
  getParentRoute: () => root,
  path: '/delivery/$index',
  component: function BatchRoute() {
    return <BatchPage index={Number(batch.useParams().index)} />;
  },
});

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    unit,
    readings,
    reading,
    reviews,
    devices,
    ledger,
    delivery,
    batch,
    months,
    month,
    certificates,
  ]),
  defaultErrorComponent: CrashNote,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
