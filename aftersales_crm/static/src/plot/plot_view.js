import { graphView } from "@web/views/graph/graph_view";
import { registry } from "@web/core/registry";

/** Odoo's graph without its toolbar, to be looked at beside others. */
registry.category("views").add("aftersales_plot", { ...graphView, buttonTemplate: "aftersales_crm.PlotButtons" });
