//! Many phones: plan, arrival, run, report; the null server to measure against.
